"""Simulate how the reading order changes waiting times."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import fail, load_settings
from cxr.cli.progress import progress_bars
from cxr.triage.clinic import Clinic, ClinicError, ReadingTime

if TYPE_CHECKING:
    from cxr.triage.waits import Comparison

USUAL = Clinic()
HONEST = (
    "A simulation: calculated from the options given and the network's measured flags, not observed in a "
    "clinic. Hours from arrival to the start of reading. The 95 % intervals are over repeats: they cover "
    "random variation, not errors in the assumptions."
)


def simulate(
    films_per_day: Annotated[float, typer.Option(help="Films that arrive in 24 hours.")] = (
        USUAL.films_per_day
    ),
    outside_share: Annotated[float, typer.Option(help="Share of them outside the reading hours.")] = (
        USUAL.outside_share
    ),
    opens: Annotated[float, typer.Option(help="Reading starts, in hours since midnight.")] = USUAL.opens,
    closes: Annotated[float, typer.Option(help="Reading ends, in hours since midnight.")] = USUAL.closes,
    readers: Annotated[int, typer.Option(help="People who read at the same time.")] = USUAL.readers,
    reading_minutes: Annotated[float, typer.Option(help="Mean minutes from one film to the next.")] = (
        USUAL.reading_minutes
    ),
    reading_time: Annotated[ReadingTime, typer.Option(help="Distribution of reading times.")] = (
        USUAL.reading_time
    ),
    prevalence: Annotated[
        float | None, typer.Option(help="Share of films with pneumonia; by default CXR_PREVALENCE.")
    ] = None,
    children_share: Annotated[
        float, typer.Option(help="Share of films of children; the rest are adults.")
    ] = (USUAL.children_share),
    cap_hours: Annotated[
        float | None,
        typer.Option(help="A film that has waited longer goes first; by default CXR_WAITING_CAP_HOURS."),
    ] = None,
    days: Annotated[int, typer.Option(help="Days that are counted.")] = USUAL.days,
    warm_up_days: Annotated[
        int, typer.Option(help="Days before them that are not counted.")
    ] = USUAL.warm_up_days,
    repeats: Annotated[
        int, typer.Option(help="Runs with other random draws, for the intervals.")
    ] = USUAL.repeats,
    seed: Annotated[
        int, typer.Option(help="Random seed; the same seed gives the same figures.")
    ] = USUAL.seed,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FIGURE.png", help="Also draw the waiting times.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the result beside the model: the app shows it at once.")
    ] = False,
) -> None:
    """Simulate how long films wait in each reading order.

    Compares first come first served, ranked, and ranked with a cap on waiting.
    """
    from cxr.evidence.flag_shares import flag_shares
    from cxr.evidence.metrics_file import EvidenceError, read_evidence
    from cxr.evidence.stored_simulation import StoredSimulation, keep_simulation
    from cxr.triage.queue_simulation import simulate as compare

    settings = load_settings()
    if out and (out.suffix.lower() != ".png" or not out.parent.is_dir()):
        raise typer.BadParameter(f"--out {out}: name a .png file in an existing folder.")
    try:
        clinic = Clinic(
            films_per_day=films_per_day,
            outside_share=outside_share,
            opens=opens,
            closes=closes,
            readers=readers,
            reading_minutes=reading_minutes,
            reading_time=reading_time,
            prevalence=settings.prevalence if prevalence is None else prevalence,
            children_share=children_share,
            cap_hours=settings.waiting_cap_hours if cap_hours is None else cap_hours,
            days=days,
            warm_up_days=warm_up_days,
            repeats=repeats,
            seed=seed,
        )
        evidence = read_evidence(settings.models / settings.bundle)
        with progress_bars(transient=True) as show:
            found = compare(clinic, flag_shares(evidence.holdout), partial(show, "runs"))
    except ClinicError as error:
        raise typer.BadParameter(str(error)) from error
    except EvidenceError as error:
        fail(str(error))
    if keep:
        keep_simulation(settings.models / settings.bundle, StoredSimulation(evidence.bundle, found))
    if as_json:
        print(json.dumps(_object(found, evidence.bundle)))
    else:
        _show(found, evidence.bundle)
    if out:
        _draw(found, out)


def _show(found: "Comparison", model: str) -> None:
    from cxr.triage.waits import MEASURE_WORDS, ORDER_WORDS, TRUTH_WORDS, Measure, Order, Truth

    console = Console()
    console.print(f"{model}: {found.clinic.summary}", highlight=False)
    for truth in Truth:
        title = f"{TRUTH_WORDS[truth]}: {found.of(Order.FIRST_COME, truth).films:,} films"
        measures = (MEASURE_WORDS[measure] for measure in Measure)
        table = Table("Hours of waiting", *measures, title=title, title_justify="left", box=SIMPLE)
        for order in Order:
            waits = found.of(order, truth)
            table.add_row(ORDER_WORDS[order], *(str(waits.measure(measure)) for measure in Measure))
        console.print(table, highlight=False)
    console.print("\n".join((*found.findings(), "", HONEST)), highlight=False)


def _object(found: "Comparison", model: str) -> dict[str, Any]:
    from dataclasses import asdict

    from cxr.triage.waits import Measure

    return {
        "model": model,
        "clinic": asdict(found.clinic) | {"load": found.clinic.load},
        "waiting_hours": [
            {"order": waits.order, "truth": waits.truth, "films": waits.films}
            | {
                measure: {"value": hours.value, "low": hours.low, "high": hours.high}
                for measure in Measure
                for hours in [waits.measure(measure)]
            }
            for waits in found.waits
        ],
        "findings": found.findings(),
    }


def _draw(found: "Comparison", out: Path) -> None:
    from cxr.lab.evaluate.waiting_figure import waiting_figure

    try:
        waiting_figure(found).savefig(out)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}. Name another file.")
