"""Fetch past films from the PACS by date, for the acceptance test of a site."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.films import StatedPopulation
from cxr.cli.loading import fail, fails_on, load_settings, open_worklist, who
from cxr.cli.receiving import check_key, check_title, pacs_of, storage_scp_of, web_service_of
from cxr.cli.worklist import stopped_by_signal
from cxr.film import Population
from cxr.film.counted import counted
from cxr.settings import LONGEST_DAYS, Settings
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from cxr.pacs.archive import Archive
    from cxr.pacs.fetch import Fetched, Wanted
    from cxr.pacs.fetched import Keeping


class By(StrEnum):
    """How films come from the PACS."""

    GET = "get"
    MOVE = "move"
    WEB = "web"


def fetch(
    from_: Annotated[
        datetime.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="First study date."),
    ] = None,
    to: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last study date; by default today."),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=LONGEST_DAYS, help="The last so many days, instead of --from."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many studies with a chest film, chosen at random.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another one has --sample choose other studies.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many films.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the films, and fetch none.")] = False,
    by: Annotated[
        By,
        typer.Option(help="get: C-GET; move: C-MOVE to our storage SCP; web: DICOMweb (CXR_PACS_DICOMWEB)."),
    ] = By.GET,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write de-identified films to this folder, rather than add them to the worklist.",
        ),
    ] = None,
    population: StatedPopulation = Population.UNKNOWN,
    send_results: Annotated[
        bool, typer.Option("--send-results", help="Send the results back to the PACS.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Add the films though results are shown at this site.")
    ] = False,
    aet: Annotated[str, typer.Option(help="Our AE title, as the PACS knows it.")] = "CXR",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on which films arrive with --by move; 0: a free one.")
    ] = 11112,
    no_listen: Annotated[
        bool,
        typer.Option("--no-listen", help="With --by move: `cxr receive` takes the films."),
    ] = False,
) -> None:
    """Fetch past films from the PACS by date, to test the model on.

    Takes studies of the modalities CR and DX, without those of another body part. A film that is here already
    is not fetched again, so that the same command goes on after an interruption. CXR_PACS_HOST, CXR_PACS_PORT
    and CXR_PACS_AET name the PACS. Exit code 1 if something could not be fetched.
    """
    from cxr.pacs.application_entity import log_only_exception_types
    from cxr.pacs.archive import FetchError
    from cxr.pacs.fetch import Fetch

    settings = load_settings()
    wanted = _wanted(from_, to, days, sample, seed, limit, dry_run)
    check_title(aet)
    archive = _archive(settings, by, aet)
    if send_results:
        check_key(settings)
    log_only_exception_types()
    worklist = None if into else _worklist(dry_run or live)
    keeping = _keeping(settings, worklist, into, by, population, send_results)
    lines = _Lines()
    running = Fetch(
        archive,
        keeping,
        wanted,
        settings.pacs_retry_seconds,
        lines.progress,
        lines.notice,
        stopped_by_signal(),
    )
    problem = ""
    try:
        with _listening(settings, worklist, by, aet, port, population, send_results, no_listen or dry_run):
            running.run()
    except (FetchError, WorklistError) as error:
        problem = str(error)
    fetched = running.fetched
    if worklist and fetched.fetched and by is not By.MOVE:  # the storage SCP notes what it gets
        entry = Entry(who(), Action.RECEIVED, details={"films": fetched.fetched, "from": archive.title})
        worklist.audit.note(entry)
    for line in _summary(fetched, dry_run):
        print(line, flush=True)
    if problem:
        fail(f"{problem} Run the same command again to go on.")
    raise typer.Exit(int(bool(fetched.failures or fetched.stopped)))


def _wanted(
    from_: datetime.datetime | None,
    to: datetime.datetime | None,
    days: int | None,
    sample: int | None,
    seed: int,
    limit: int | None,
    dry_run: bool,
) -> "Wanted":
    """Work out the period; exit code 2 if there is none."""
    from cxr.pacs.fetch import Wanted

    if (from_ is None) == (days is None):
        raise typer.BadParameter("Give either --from DATE or --days N.")
    until = to.date() if to else datetime.date.today()
    try:
        since = from_.date() if from_ else until - datetime.timedelta(days=(days or 1) - 1)
        return Wanted(since, until, sample, seed, limit, dry_run)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{error} Choose other dates with --from and --to.") from None


def _archive(settings: Settings, by: By, title: str) -> "Archive":
    """Make out the PACS of the settings; exit code 1 if they name none."""
    if by is not By.WEB:
        from cxr.pacs.query_scu import DimseArchive

        if not settings.pacs_host:
            fail("No PACS is named. Set CXR_PACS_HOST, CXR_PACS_PORT and CXR_PACS_AET.")
        return DimseArchive(pacs_of(settings, title), move=by is By.MOVE)
    from cxr.pacs.dicomweb import WebArchive

    return WebArchive(*web_service_of(settings))


def _worklist(even_live: bool) -> Worklist:
    """Open the worklist; exit code 1 if readers would find the films with their flags."""
    worklist = open_worklist()
    with fails_on(WorklistError):
        worklist.identities.check()
        shown = not worklist.site.state().withholds
    if shown and not even_live:
        fail(
            "Results are shown at this site, so past films would come onto the list among those to read. Run "
            "'cxr silent on' first, or name a folder with --into; --live adds them all the same."
        )
    return worklist


def _keeping(
    settings: Settings,
    worklist: Worklist | None,
    into: Path | None,
    by: By,
    population: Population,
    wants_result: bool,
) -> "Keeping":
    from cxr.film.deidentify import Keep
    from cxr.pacs.fetched import IntoFolder, OntoWorklist
    from cxr.worklist.identity.privacy import Privacy
    from cxr.worklist.identity.pseudonym import Pseudonyms

    if worklist:
        title = "DICOMweb" if by is By.WEB else settings.pacs_aet
        return OntoWorklist(worklist, title, who(), population, wants_result)
    assert into
    if by is By.MOVE:
        raise typer.BadParameter("C-MOVE brings films onto the worklist. Use --by get, or leave out --into.")
    if not into.is_dir():
        raise typer.BadParameter(f"{into} is not a folder. Name an existing one.", param_hint="--into")
    keep = [Keep(option) for option in settings.deidentify_keep]
    return IntoFolder(into, Privacy(Pseudonyms(settings.films), keep))


@contextmanager
def _listening(
    settings: Settings,
    worklist: Worklist | None,
    by: By,
    title: str,
    port: int,
    population: Population,
    wants_result: bool,
    no_listen: bool,
) -> Iterator[None]:
    """Take films that the PACS sends for C-MOVE."""
    if by is not By.MOVE or no_listen or worklist is None:
        yield
        return
    senders = (settings.pacs_aet,)
    storage_scp = storage_scp_of(settings, worklist, title, port, population, wants_result, senders)
    print(f"Listening on port {storage_scp.port} as {title}.", flush=True)
    try:
        yield
    finally:
        storage_scp.close()


class _Lines:
    """Print progress at most once a second, and notices always."""

    def __init__(self) -> None:
        self._at = 0.0

    def progress(self, line: str) -> None:
        """Print how far it is, if a second has passed."""
        if time.monotonic() > self._at + 1:
            self._at = time.monotonic()
            print(line, flush=True)

    def notice(self, line: str) -> None:
        """Print what a person should see."""
        print(line, flush=True)


def _summary(fetched: "Fetched", dry_run: bool) -> Iterator[str]:
    """Say in lines what came of it."""
    yield (
        f"{counted(fetched.found, 'study', 'studies')} with a radiograph; {fetched.studies} taken, with "
        f"{counted(fetched.films, 'film')} that may show a chest."
    )
    arrived = f"{fetched.films - fetched.there} to fetch" if dry_run else f"{fetched.fetched} fetched"
    yield f"{arrived}, {counted(fetched.there, 'was', 'were')} here already."
    for reason, number in fetched.not_kept.items():
        yield f"{number} not kept: {reason}."
    for reason, number in fetched.failures.items():
        yield f"{number} failed: {reason}"
    if fetched.stopped:
        yield "Stopped. Run the same command again to go on."
