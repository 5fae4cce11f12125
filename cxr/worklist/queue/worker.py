"""Workers that score what waits on the worklist: a thread of the app, or processes of their own."""

from __future__ import annotations

import io
import logging
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from PIL import Image

from cxr.explain.overlay import display
from cxr.film import Film
from cxr.triage.flag import Reason
from cxr.worklist.queue.heartbeat import Heartbeat
from cxr.worklist.queue.pace import Pace
from cxr.worklist.queue.scoring_queue import CHANGED_FILE, Scored
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from cxr.screening import Outcome, Screener, Stated
    from cxr.worklist.case import Case

log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 96
RESTART_SECONDS = 5
POLL_SECONDS = 1.0
TRIES = 3
CHANGED = "The film's file is not the one that was handed in. Hand the film in again."


def worker_name() -> str:
    """Name a worker: its machine, its process, and something that no other worker of them has."""
    return f"worker {socket.gethostname()[:32]} {os.getpid()} {secrets.token_hex(3)}"


def score_waiting(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    numbers: Collection[int] | None = None,
) -> int:
    """Take and score the next batch of waiting films and return how many there were.

    One bad film stops none of the others: it is refused with its reason. Where the whole batch fails, its
    films are given back for another try.

    Parameters
    ----------
    numbers
        Cases to choose from, by default all.
    """
    cases = worklist.scoring.claim(worker, batch_size, numbers=numbers)
    return _score(worklist, screener, batch_size, worker, iter([cases]))


def score_run(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    stopped: Callable[[], bool],
    scored: Callable[[int], None] | None = None,
) -> int:
    """Score what waits until nothing does, in one stream, and return how many films there were.

    Films are taken as the screener asks for them, a few batches ahead, and written down batch by batch while
    it computes on. Where the run fails, the films in hand are given back for another try.

    Parameters
    ----------
    stopped
        Asked before each further batch is taken; once true, the run ends with the films in hand.
    scored
        Called with the number of films of each batch, once it is written down.
    """

    def batches() -> Iterator[Sequence[Case]]:
        while cases := worklist.scoring.claim(worker, batch_size):
            yield cases
            if stopped():
                return

    return _score(worklist, screener, batch_size, worker, batches(), scored)


def thumbnail(film: Film) -> bytes:
    """Make a small JPEG of a film, without metadata."""
    file = io.BytesIO()
    Image.fromarray(display(film, THUMBNAIL_SIDE, reducing_gap=1.0)).save(file, "JPEG", quality=80)
    return file.getvalue()


def work(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    stop: threading.Event,
    until_empty: bool = False,
    scored: Callable[[int], None] | None = None,
    worker: str | None = None,
) -> None:
    """Score what waits until told to stop.

    Parameters
    ----------
    stop
        Once set, the worker ends after the films in hand.
    until_empty
        End as soon as nothing waits, and where nothing can be scored.
    scored
        Called with the number of films of each batch, and with 0 each time that no more wait.
    worker
        Its name, by default one that no other has.
    """
    worker = worker or worker_name()
    failures = 0

    def wrote(count: int) -> None:
        nonlocal failures
        failures = 0
        if scored:
            scored(count)

    while not stop.is_set():
        try:
            count = score_run(worklist, screener, batch_size, worker, stop.is_set, wrote)
            empty = not count and until_empty and not worklist.scoring.waiting()
        except Exception as error:
            failures += 1
            if until_empty and failures == TRIES:
                raise
            log.error("Scoring failed, and is tried again: %s", _told(error))
            stop.wait(RESTART_SECONDS)
            continue
        failures = 0
        if count and scored:
            scored(0)
        if empty:
            return
        if not count:
            stop.wait(POLL_SECONDS)


class Worker:
    """A thread that sleeps until films wait, and scores them."""

    def __init__(self, worklist: Worklist, screener: Callable[[], Screener], batch_size: int) -> None:
        self._worklist = worklist
        self._screener = screener
        self._batch_size = batch_size
        self._name = worker_name()
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._lock = threading.Lock()
        self._began = 0.0
        self._done = 0
        self._cancelled = False
        self.wake()
        self._thread = threading.Thread(target=self._run, name="worklist worker", daemon=True)
        self._thread.start()

    @property
    def cancelled(self) -> bool:
        """Whether a person stopped the worker; films that wait stay on the list."""
        return self._cancelled

    def wake(self) -> None:
        """Tell the worker that films wait; also those that an earlier run of the program left behind."""
        with self._lock:
            if self._idle.is_set():
                self._done, self._began = 0, time.monotonic()
            self._cancelled = False
            self._idle.clear()
            self._wake.set()

    def cancel(self) -> None:
        """Stop after the films in hand; `wake` goes on."""
        self._cancelled = True

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until every waiting film is scored; false where the time, in seconds, ran out before."""
        return self._idle.wait(timeout)

    def pace(self) -> Pace | None:
        """How far the run in progress is; nothing while the worker sleeps."""
        if self._idle.is_set():
            return None
        total = self._done + self._worklist.scoring.waiting()
        return Pace(self._done, total, time.monotonic() - self._began)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            try:
                while not self._cancelled and self._score():
                    pass
            except Exception as error:
                log.error("The worklist's worker stopped, and starts again: %s", _told(error))
                time.sleep(RESTART_SECONDS)
                self._wake.set()
            with self._lock:
                if not self._wake.is_set():
                    self._idle.set()

    def _score(self) -> int:
        return score_run(
            *(self._worklist, self._screener(), self._batch_size, self._name),
            stopped=lambda: self._cancelled,
            scored=self._count,
        )

    def _count(self, scored: int) -> None:
        self._done += scored


def _told(error: Exception) -> str:
    """What of an error may stand in the log: only the worklist's own words are known to name nobody."""
    return str(error) if isinstance(error, WorklistError) else type(error).__name__


def _score(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    batches: Iterator[Sequence[Case]],
    scored: Callable[[int], None] | None = None,
) -> int:
    """Score films that the worker takes batch by batch, and write them down in batches."""
    in_hand: deque[Case] = deque()

    def files(first: Sequence[Case]) -> Iterator[Stated]:
        for cases in chain([first], batches):
            _check_folder(worklist, cases)
            in_hand.extend(cases)
            yield from [(worklist.film_source(case), case.stated, case.age_years) for case in cases]

    first = next(batches, [])
    if not first:
        return 0
    count = 0
    try:
        with Heartbeat(worklist.scoring, worker) as hold:
            outcomes = screener.screen(files(first))
            while some := list(islice(outcomes, batch_size)):
                hold.advanced()
                worklist.scoring.record(worker, [_scored(in_hand.popleft(), outcome) for outcome in some])
                count += len(some)
                if scored:
                    scored(len(some))
    except BaseException:
        worklist.scoring.give_back(worker)
        raise
    return count


def _check_folder(worklist: Worklist, cases: Sequence[Case]) -> None:
    if not worklist.reaches_films(cases):
        raise WorklistError(
            "None of the films that wait is in the folder of CXR_FILMS, nor is the key that lies there. "
            "Set CXR_FILMS to the folder that the films were handed in to, or mount it."
        )


def _scored(case: Case, outcome: Outcome) -> Scored:
    if outcome.error:
        return Scored(case, error=Reason(outcome.error.code, outcome.error.sentence))
    assert outcome.film
    if outcome.film.sha256 != case.sha256:
        return Scored(case, error=Reason(CHANGED_FILE, CHANGED))
    return Scored(case, outcome.result, thumbnail(outcome.film))
