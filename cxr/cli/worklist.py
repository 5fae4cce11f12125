"""The worklist from the shell: add films, watch a folder, score what waits, purge."""

import datetime
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.films import StatedPopulation, files_in, left_out_line
from cxr.cli.loading import fail, fails_on, load_screener, load_settings, open_worklist, start_logs, who
from cxr.film import FilmError, Population
from cxr.film.counted import counted
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.film.printable import printable
from cxr.film.sandbox import stop_decoding
from cxr.settings import LONGEST_DAYS
from cxr.worklist.identity.identities import new_key
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.watch import WatchedFolder, read_file
from cxr.worklist.queue.worker import work as work_until
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

LOOKS_ONCE = 2
"""Scans of a folder that is watched once: a file must not change from the first to the second."""
GRACE_SECONDS = 5.0
"""How long the current batch may take after a signal."""

worklist_app = typer.Typer(help="Add films to the worklist, and purge old ones.", no_args_is_help=True)


@worklist_app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Film files or folders.")],
    population: StatedPopulation = Population.UNKNOWN,
) -> None:
    """Add films to the worklist; a worker scores them.

    Prints one line per film. Exit code 0 if every file was added, 1 if one could not be read.
    """
    worklist = open_worklist()
    found = files_in(paths)
    unread = bool(found.closed)
    left_out = found.left_out
    for file in found.files:
        try:
            accepted = worklist.intake.accept(file.name, read_file(file), population, who())
            print(_accepted(file, accepted), flush=True)
        except FilmError as error:
            if error.left_out:
                left_out[error.kind or "other"] += 1
                continue
            unread = True
            print(f"{printable(str(file), '?')}: not on the worklist. {error.sentence}", flush=True)
        except WorklistError as error:
            fail(f"{printable(str(file), '?')}: not on the worklist. {error}")
    if left_out:
        print(left_out_line(left_out))
    raise typer.Exit(int(unread))


@worklist_app.command()
def purge(
    days: Annotated[
        float | None,
        typer.Option(min=0, max=LONGEST_DAYS, help="Days to keep pixels; by default CXR_RETENTION_DAYS."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed, and remove nothing.")
    ] = False,
) -> None:
    """Remove the pixels of films that were read or dismissed long enough ago; their rows stay."""
    keep = load_settings().retention_days if days is None else days
    if keep is None:
        fail("The retention period is not set. Set CXR_RETENTION_DAYS, or give --days.")
    with fails_on(WorklistError):
        purged = open_worklist(existing=True).retention.purge(datetime.timedelta(days=keep), who(), dry_run)
    verb = "Would remove" if dry_run else "Removed"
    print(f"{verb} the pixels of {counted(len(purged.cases), 'case')}: {purged.bytes / 1e6:.1f} MB.")


@worklist_app.command()
def key() -> None:
    """Print a new key for CXR_IDENTITY_KEY. Keep it safe: without it no identifier can be read."""
    print(new_key())


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to watch, including its subfolders.")],
    population: StatedPopulation = Population.UNKNOWN,
    seconds: Annotated[
        float,
        typer.Option(min=0.05, help="Seconds between checks; a file must not have changed for that long."),
    ] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Add what is there now, then stop.")] = False,
) -> None:
    """Add every film that arrives in a folder to the worklist.

    The files stay where they are.
    """
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder. Name an existing one.")
    own = (load_settings().films, load_settings().database_file)
    if inside := next((one for one in own if one and one.resolve().is_relative_to(folder.resolve())), None):
        raise typer.BadParameter(
            f"{folder} holds the worklist's own {inside.name}, which would be read as films. Name another "
            "folder."
        )

    unread = False
    left_out: Counter[str] = Counter()

    def report(path: Path, found: Accepted | FilmError) -> None:
        nonlocal unread
        if isinstance(found, FilmError) and found.left_out:
            left_out[found.kind] += 1
        elif isinstance(found, FilmError):
            unread = True
            print(f"{printable(str(path), '?')}: not on the worklist. {found.sentence}", flush=True)
        else:
            print(_accepted(path, found), flush=True)

    watched = WatchedFolder(open_worklist(), folder, population, report)
    stop = stopped_by_signal()
    looks = 0
    while not stop.is_set():
        try:
            watched.look()
        except WorklistError as error:
            if once:
                fail(str(error))
            print(f"{error} The folder will be checked again.", file=sys.stderr, flush=True)
        if left_out:
            print(left_out_line(left_out), flush=True)
            left_out.clear()
        looks += 1
        if once and looks == LOOKS_ONCE:
            raise typer.Exit(int(unread))
        stop.wait(seconds)


def work(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Stop when nothing waits.")] = False,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Threads to compute on; by default one per core."),
    ] = None,
) -> None:
    """Score the films that wait on the worklist.

    CXR_WORKERS films are decoded at a time, each in a child process with limits. With --until-empty, the exit
    code is 1 if films still wait at the end.
    """
    start_logs()
    stop = stopped_by_signal()
    worklist = open_worklist()
    screener = load_screener(threads)
    with fails_on(WorklistError, DecodingUnavailableError):
        work_until(worklist, screener, load_settings().batch_size, stop, until_empty, _Progress(worklist))
        left = worklist.scoring.waiting() if until_empty else 0
    if left:
        fail(f"{counted(left, 'film still waits', 'films still wait')}. Run 'cxr work' again.")


class _Progress:
    """Print progress at most once a second: counting what waits takes time on a long list."""

    def __init__(self, worklist: Worklist) -> None:
        self._worklist = worklist
        self._done = self._printed = 0
        self._at = time.monotonic()

    def __call__(self, count: int) -> None:
        """Count films that were scored; 0 means that no more wait."""
        self._done += count
        if self._done > self._printed and (count == 0 or time.monotonic() > self._at + 1):
            self._printed, self._at = self._done, time.monotonic()
            print(f"Scored {self._done}, {self._worklist.scoring.waiting()} wait.", flush=True)


def stopped_by_signal() -> threading.Event:
    """Return an event that Ctrl-C or a service manager sets, so that the current batch is finished.

    A batch that takes longer than `GRACE_SECONDS` is given up: its films wait for the next start.
    """
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        giving_up = threading.Timer(GRACE_SECONDS, stop_decoding)
        giving_up.daemon = True
        giving_up.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return stop


def _accepted(file: Path, accepted: Accepted) -> str:
    note = ""
    if accepted.known_as is not None:
        note = f", duplicate of {printable(accepted.known_as, '?')}"
        note += "; it is scored again" if accepted.again else ""
    refused = f", not scored. {accepted.refused}" if accepted.refused else ""
    return f"{printable(str(file), '?')}: case {accepted.number}{note}{refused}"
