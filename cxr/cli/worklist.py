"""The worklist from the shell: hand films in, watch a folder, score what waits, purge."""

import datetime
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import fail, load_screener, load_settings
from cxr.cli.scoring import files_in
from cxr.film import FilmError, Population
from cxr.film.printable import printable
from cxr.lab.bench.page_times import FEWEST_CASES, temporary_database, times_of
from cxr.settings import LONGEST_DAYS
from cxr.worklist.identity.identities import new_key
from cxr.worklist.queue.intake import Accepted
from cxr.worklist.queue.quarantine_run import try_one_by_one
from cxr.worklist.queue.watch import WatchedFolder, read_file
from cxr.worklist.queue.worker import work as work_until
from cxr.worklist.queue.worker import worker_name
from cxr.worklist.queue.worker_processes import Parent, WorkerProcesses
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

WHO_LENGTH = 80
MADE = (1_000, 100_000)

worklist_app = typer.Typer(help="Hand films in to the worklist, and purge it.", no_args_is_help=True)

StatedPopulation = Annotated[
    Population, typer.Option(help="Whom the films show, where their header does not say.")
]


def open_worklist(existing: bool = False) -> Worklist:
    """Open the worklist of the settings; exit code 1 where it cannot be used.

    Parameters
    ----------
    existing
        Make none where there is none: for commands that look at one, and would call an empty one well.
    """
    settings = load_settings()
    if existing and (file := settings.database_file) and not file.exists():
        fail(f"There is no worklist at {file}. Name the one that is meant in CXR_DATABASE.")
    try:
        return Worklist.of(settings)
    except WorklistError as error:
        fail(str(error))


def who() -> str:
    """Name the command line, and who types, for the audit trail."""
    try:
        import pwd

        # Not `getpass`: it believes the environment, in which anybody may write any name.
        return f"command line ({pwd.getpwuid(os.getuid()).pw_name})"[:WHO_LENGTH]
    except (ImportError, KeyError):  # Windows; a user without a name
        return "command line"


@worklist_app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Film files, or folders of them.")],
    population: StatedPopulation = Population.UNKNOWN,
) -> None:
    """Put films on the worklist, one line a film; a worker scores them.

    Exit code 0 where every file is on the list, 1 where one could not be read.
    """
    worklist = open_worklist()
    closed: list[Path] = []
    files = [file for path in paths for file in files_in(path, closed)]
    for folder in closed:
        print(f"{printable(str(folder))}: not looked into. Check the permissions.", flush=True)
    if not files and not closed:
        raise typer.BadParameter("there is no file in it; name films, or a folder that holds some.")
    unread = bool(closed)
    for file in files:
        try:
            accepted = worklist.intake.accept(file.name, read_file(file), population, who())
            print(_accepted(file, accepted), flush=True)
        except FilmError as error:
            unread = True
            print(f"{printable(str(file))}: not on the worklist. {error.sentence}", flush=True)
        except WorklistError as error:
            fail(f"{printable(str(file))}: not on the worklist. {error}")
    raise typer.Exit(int(unread))


@worklist_app.command()
def purge(
    days: Annotated[
        float | None,
        typer.Option(
            min=0, max=LONGEST_DAYS, help="Keep pixels so many days; by default CXR_RETENTION_DAYS."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would go, and remove nothing.")
    ] = False,
) -> None:
    """Remove the pixels of films that were read, or taken off, long enough ago; their rows stay."""
    keep = load_settings().retention_days if days is None else days
    if keep is None:
        fail("It is not set how long films are kept: set CXR_RETENTION_DAYS, or give --days.")
    try:
        purged = open_worklist(existing=True).retention.purge(datetime.timedelta(days=keep), who(), dry_run)
    except WorklistError as error:
        fail(str(error))
    verb = "Would remove" if dry_run else "Removed"
    print(f"{verb} the pixels of {len(purged.cases)} cases: {purged.bytes / 1e6:.1f} MB.")


@worklist_app.command()
def key() -> None:
    """Print a new key for CXR_IDENTITY_KEY; keep it: without it no identifier is read again."""
    print(new_key())


@worklist_app.command()
def times(
    cases: Annotated[
        list[int] | None,
        typer.Option(min=FEWEST_CASES, help="Cases to make; once for each size. By default 1000 and 100000."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="A postgresql:// URL whose user may make databases; by default SQLite."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure how fast the list's pages answer, on made cases in a database that is removed after."""
    found = {}
    try:
        for count in cases or MADE:
            with temporary_database(server) as url:
                found[count] = times_of(url, count)
    except (WorklistError, ValueError) as error:
        fail(str(error))
    if as_json:
        print(json.dumps({count: [asdict(one) for one in measured] for count, measured in found.items()}))
        return
    table = Table("Median milliseconds", *(f"{count:,} cases" for count in found), box=SIMPLE)
    for answers in zip(*found.values(), strict=True):
        table.add_row(answers[0].question, *(f"{one.median:.0f}" for one in answers))
    Console().print(table, highlight=False)


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to watch, with all folders in it.")],
    population: StatedPopulation = Population.UNKNOWN,
    seconds: Annotated[
        float, typer.Option(min=0.05, help="Seconds between looks; a file must stand still so long.")
    ] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Take what is there now, then end.")] = False,
) -> None:
    """Put every film that comes into a folder on the worklist; files stay where they are."""
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder: name one that exists.")
    own = (load_settings().films, load_settings().database_file)
    if inside := next((one for one in own if one and one.resolve().is_relative_to(folder.resolve())), None):
        raise typer.BadParameter(
            f"{folder} holds the worklist's own {inside.name}, which would be taken for films. Name another "
            "folder."
        )

    unread = False

    def taken(path: Path, what: Accepted | FilmError) -> None:
        nonlocal unread
        if isinstance(what, FilmError):
            unread = True
            print(f"{printable(str(path))}: not on the worklist. {what.sentence}", flush=True)
        else:
            print(_accepted(path, what), flush=True)

    watched = WatchedFolder(open_worklist(), folder, population, taken)
    stop = stopped_by_signal()
    while not stop.is_set():
        try:
            if once:
                watched.look()
                stop.wait(seconds)
                watched.look()
                raise typer.Exit(int(unread))
            watched.watch(seconds, stop)
        except WorklistError as error:
            if once:
                fail(str(error))
            print(f"{error} The folder is looked at again.", file=sys.stderr, flush=True)
            stop.wait(seconds)


def work(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when nothing waits.")] = False,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Threads that each process computes on; by default its share."),
    ] = None,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
    tries: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Score what waits on the worklist, in CXR_WORKERS processes that share the cores."""
    stop = stopped_by_signal()
    parent = Parent(stop) if child else None
    worklist = open_worklist()
    settings = load_settings()
    progress = _Progress(worklist)
    if settings.workers > 1:
        if not WorkerProcesses(worklist, settings.workers, threads, until_empty, progress).run(stop):
            raise typer.Exit(1)
        return
    screener = load_screener(threads)
    name = worker_name()
    if parent:
        from cxr.model.threads import ALL

        parent.ready(ALL, name)
    scored = parent.scored if parent else progress
    try:
        if parent and tries:
            try_one_by_one(worklist, screener, tries, scored)
            parent.tried()
        work_until(worklist, screener, settings.batch_size, stop, until_empty, scored, name)
    except WorklistError as error:
        fail(str(error))


class _Progress:
    """Tell how far scoring is, at most once a second: counting what waits takes time on a long list."""

    def __init__(self, worklist: Worklist) -> None:
        self._worklist = worklist
        self._done = self._told = 0
        self._at = time.monotonic()

    def __call__(self, count: int) -> None:
        """Count films that were scored; 0 tells that no more wait."""
        self._done += count
        if self._done > self._told and (count == 0 or time.monotonic() > self._at + 1):
            self._told, self._at = self._done, time.monotonic()
            print(f"Scored {self._done}, {self._worklist.scoring.waiting()} wait.", flush=True)


def stopped_by_signal() -> threading.Event:
    """Make an event that Ctrl-C and a service manager's stop set, so that the batch in hand is finished."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _accepted(file: Path, accepted: Accepted) -> str:
    note = ""
    if accepted.known_as is not None:
        note = f", handed in before as {printable(accepted.known_as)}"
        note += "; it is scored once more" if accepted.again else ""
    refused = f", not scored. {accepted.refused}" if accepted.refused else ""
    return f"{printable(str(file))}: case {accepted.number}{note}{refused}"
