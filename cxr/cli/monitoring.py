"""Watch over the program at this hospital: films, flags, agreement of readers, and drift of scores."""

import datetime
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.loading import fail, fails_on, load_settings, open_worklist
from cxr.settings import LONGEST_DAYS

if TYPE_CHECKING:
    from cxr.site.monitor import Monitoring
    from cxr.site.period import Period
    from cxr.site.reference import Reference
    from cxr.worklist.reading.monitored import MonitoredFilm
    from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

UNREACHED = 3
"""Exit code where there are warnings that the webhook did not get."""
Days = Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="Length of the period.")]
ReferenceDays = Annotated[
    int,
    typer.Option(min=1, max=LONGEST_DAYS, help="Days before the period whose films are the reference."),
]


def monitor(
    days: Days = 28,
    until: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day of the period; by default now."),
    ] = None,
    reference_days: ReferenceDays = 90,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Reference that --save-reference wrote, instead of earlier films."),
    ] = None,
    save_reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the period's scores as a reference, and stop."),
    ] = None,
    least_agreement: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.99, help="Least share of read cases in which flag and finding fit."),
    ] = None,
    stop_rule: Annotated[
        bool,
        typer.Option(
            "--stop-rule",
            help="Withhold results if agreement since the site is live lies under the limit set on the page, "
            "or under --least-agreement.",
        ),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the report as JSON.")
    ] = None,
    registry: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a CSV line a film for a registry of imaging AI."),
    ] = None,
) -> None:
    """Report films, flags, agreement of readers and drift of scores in a period.

    Exit code 1 if scores have drifted, or if agreement lies under its limit with its whole 95 % interval.
    CXR_MONITOR_WEBHOOK gets these warnings if it is set; exit code 3 if they do not arrive.
    """
    from cxr.site.monitor_text import monitoring_text
    from cxr.site.period import last_days
    from cxr.site.reference import latest_network
    from cxr.site.registry import as_registry
    from cxr.site.watch_over import measured
    from cxr.worklist.store.database import WorklistError

    try:
        period = last_days(days, until.date() if until else None, datetime.datetime.now(datetime.UTC))
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None
    for file in (save_reference, json_file, registry):
        if file and not file.parent.is_dir():
            raise typer.BadParameter(f"{file.parent} is not a folder. Name a file in an existing one.")
    worklist = open_worklist(existing=True)
    stopped = _stop_rule(worklist, least_agreement) if stop_rule else None
    if registry and worklist.site.state().withholds:
        fail("Results are withheld at this site, so no registry gets them. Leave out --registry.")
    with fails_on(WorklistError):
        films = worklist.monitored.films(period.since, period.until)
        network = latest_network(films)
        if save_reference:
            _save(save_reference, films, network, period)
            return
        compared = _reference(reference, reference_days, network, period, worklist)
        found = measured(worklist, period, films, compared, least_agreement)
    print(monitoring_text(found))
    if stopped:
        print(f"Results are withheld from now on. {stopped}")
    if json_file:
        _write(json_file, found.to_json())
    if registry:
        from cxr.film.examination import examination_of

        taken = {film.number: examination_of(worklist.film_path(film)) for film in films}
        _write(registry, as_registry(films, taken))
    if found.alarms or stopped:
        raise typer.Exit(1 if not found.alarms or _posted(found) else UNREACHED)


def _posted(found: "Monitoring") -> bool:
    """Post warnings where the settings say so; false if they did not arrive."""
    webhook = load_settings().monitor_webhook
    if webhook is None:
        return True
    from cxr.site.webhook import WebhookError, post_warnings

    try:
        post_warnings(webhook.get_secret_value(), found)
    except WebhookError as error:
        log.error("%s The warnings above were not sent.", error)
        return False
    return True


def _stop_rule(worklist: "Worklist", least: float | None) -> str | None:
    """Apply the stop rule; exit code 2 if there is no limit."""
    from cxr.site.stop_rule import apply_stop_rule
    from cxr.worklist.store.database import WorklistError

    with fails_on(WorklistError):
        if least is None and worklist.site.state().least_agreement is None:
            raise typer.BadParameter(
                "there is no limit. Set one on the page This site, or give --least-agreement.",
                param_hint="--stop-rule",
            )
        return apply_stop_rule(worklist, least)


def _save(to: Path, films: "list[MonitoredFilm]", network: str | None, period: "Period") -> None:
    from cxr.site.reference import UnusableReferenceError, reference_of, save_reference
    from cxr.triage.words import POPULATION_WORDS

    if network is None:
        fail("The period has no scored film. Choose another with --days and --until.")
    made = reference_of(films, network, period)
    with fails_on(UnusableReferenceError):
        save_reference(to, made)
    counts = ", ".join(f"{POPULATION_WORDS[one]} {len(some)}" for one, some in made.logits.items())
    print(f"Wrote {to}: films of {network} by age group: {counts}. Use it with --reference {to}.")


def _reference(
    file: Path | None, days: int, network: str | None, period: "Period", worklist: "Worklist"
) -> "Reference | None":
    """Take what scores are compared with; exit code 2 if a file named for it is of no use."""
    from cxr.site.reference import UnusableReferenceError, read_reference
    from cxr.site.watch_over import reference_before

    if file is None:
        return reference_before(worklist, period, days, network)
    try:
        found = read_reference(file)
    except UnusableReferenceError as error:
        raise typer.BadParameter(str(error), param_hint="--reference") from None
    if network not in (None, found.network):
        raise typer.BadParameter(
            f"{file} holds scores of {found.network}, and {network} scored the latest films. Write a new "
            "reference with --save-reference.",
            param_hint="--reference",
        )
    return found


def _write(to: Path, text: str) -> None:
    try:
        to.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{to} cannot be written ({error.strerror}). Name another file.")
    print(f"Wrote {to}.")
