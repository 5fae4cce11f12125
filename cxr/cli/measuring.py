"""Measure the model, and write down what was found."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cxr.cli.loading import fail, load_bundle_or_fail, load_settings


def evaluate(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="Labelled films.")],
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and the figures.")],
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Only films of this source; repeatable.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Only this split of the labels; 'holdout' is what training held out of 'train'."),
    ] = None,
    with_stress: Annotated[
        bool, typer.Option("--stress", help="Also measure under shifts between hospitals: stress.json.")
    ] = False,
    stress_films: Annotated[
        int, typer.Option(min=1, help="Films to shift, balanced by population and label.")
    ] = 600,
    with_audit: Annotated[bool, typer.Option("--audit", help="Also look for shortcuts: audit.json.")] = False,
) -> None:
    """Measure the model on labelled films, with 95 % intervals over patients, and draw figures."""
    from cxr.evidence.metrics_file import METRICS
    from cxr.lab.evaluate.evaluation_run import evaluate as measure
    from cxr.lab.evaluate.labels import LabelsError, read_labels
    from cxr.lab.evaluate.shortcut_audit import AUDIT, audit
    from cxr.lab.evaluate.stress_test import STRESS, stress
    from cxr.lab.train.evidence_films import select_films
    from cxr.screening import Screener

    bundle = load_bundle_or_fail()
    screener = Screener(bundle, load_settings().batch_size)
    try:
        films = select_films(read_labels(labels), bundle.card.preprocessing.size, sources or (), split)
        with Progress(console=Console(stderr=True)) as bar:
            summaries = {METRICS: measure(films, screener, out, _told(bar, "films")).summary()}
            if with_stress:
                stressed = stress(films, screener, at_most=stress_films, progress=_told(bar, "stress"))
                (out / STRESS).write_text(stressed.to_json())
                summaries[STRESS] = stressed.summary()
            if with_audit:
                audited = audit(films, bundle, _told(bar, "audit"))
                (out / AUDIT).write_text(audited.to_json())
                summaries[AUDIT] = audited.summary()
    except LabelsError as error:
        fail(str(error))
    print("\n\n".join(summaries.values()))
    print(f"Wrote {', '.join(summaries)} and figures to {out}.")


def evidence(
    labels: Annotated[Path | None, typer.Option(help="labels.csv; by default that of CXR_DATA.")] = None,
    stress_films: Annotated[
        int, typer.Option(min=1, help="Held-out films to shift; all of them are audited.")
    ] = 600,
) -> None:
    """Measure the model on every set of films; write metrics.json beside it for 'card' and 'results'."""
    from cxr.evidence.metrics_file import METRICS, EvidenceError
    from cxr.lab.evaluate.labels import LabelsError, read_labels
    from cxr.lab.evaluate.measurement import MEASURED, gather_evidence
    from cxr.lab.train.evidence_films import evidence_films

    settings, bundle = load_settings(), load_bundle_or_fail()
    folder = settings.models / settings.bundle
    with Progress(console=Console(stderr=True)) as bar:
        told = {name: _told(bar, name) for name in MEASURED}
        try:
            films = evidence_films(read_labels(labels or settings.data / "labels.csv"), bundle.card)
            found = gather_evidence(
                films, bundle, folder, stress_films, lambda name, done, total: told[name](done, total)
            )
        except (LabelsError, EvidenceError) as error:
            fail(str(error))
    (folder / METRICS).write_text(found.to_json())
    print(f"Wrote {folder / METRICS}. Write the model card with 'python -m cxr card'.")


def compare_heat(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a training run with --focus 0.")],
    labels: Annotated[Path | None, typer.Option(help="labels.csv; by default that of CXR_DATA.")] = None,
) -> None:
    """Hold the model's heat maps, and those of a network trained without their loss, against the boxes."""
    from cxr.evidence.heat_comparison import HEAT_COMPARISON
    from cxr.lab.evaluate.labels import LabelsError, read_labels
    from cxr.lab.train.compare_heat import compare_heat as compare
    from cxr.lab.train.evidence_films import training_parts
    from cxr.lab.train.split import Part

    settings, bundle = load_settings(), load_bundle_or_fail()
    try:
        parts = training_parts(read_labels(labels or settings.data / "labels.csv"), bundle.card)
        found = compare(bundle, run, parts[Part.HOLDOUT])
    except (LabelsError, ValueError, FileNotFoundError) as error:
        fail(str(error))
    path = settings.models / settings.bundle / HEAT_COMPARISON
    path.write_text(found.to_json())
    print(f"{found.summary()}\nWrote {path}.")


def card(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 where it differs.")] = False,
) -> None:
    """Write the model card and its figures from bundle.json and metrics.json."""
    from cxr.evidence.metrics_file import EvidenceError, read_evidence
    from cxr.lab.evaluate.model_card import differing, write_model_card

    settings, bundle = load_settings(), load_bundle_or_fail()
    folder = settings.models / settings.bundle
    try:
        found = read_evidence(folder)
        names = differing(folder, bundle.card, bundle.version, found)
        written = [] if check else write_model_card(folder, bundle.card, bundle.version, found)
    except EvidenceError as error:
        fail(str(error))
    if check and names:
        fail(f"Not what metrics.json says: {', '.join(names)}. Write them with 'python -m cxr card'.")
    for path in written:
        print(f"Wrote {path}.")


def results() -> None:
    """Print the model's main figures, as the README shows them."""
    from cxr.evidence.metrics_file import EvidenceError, read_evidence
    from cxr.lab.evaluate.readme_results import results_table

    settings = load_settings()
    try:
        print(results_table(read_evidence(settings.models / settings.bundle)))
    except EvidenceError as error:
        fail(str(error))


def _told(bar: Progress, name: str) -> Callable[[int, int], None]:
    """Add a line to the progress bar; give what moves it."""
    task = bar.add_task(name)
    return lambda done, total: bar.update(task, completed=done, total=total)
