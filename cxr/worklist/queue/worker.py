"""Score the films waiting on the worklist, in a thread of the app or by `cxr work`."""

from __future__ import annotations

import io
import logging
import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from PIL import Image

from cxr.explain.overlay import display
from cxr.film import Film
from cxr.film.decoding_pool import Attempt, DecodingFailedError, DecodingStopped
from cxr.triage.flag import Reason
from cxr.worklist.queue.heartbeat import Heartbeat
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
CHANGED = "The film's file is not the one that was added. Add the film again."


def worker_name() -> str:
    """Name a worker: its machine, its process, and a random part, so that no other has the name."""
    return f"worker {socket.gethostname()[:32]} {os.getpid()} {secrets.token_hex(3)}"


def score_waiting(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    numbers: Collection[int] | None = None,
) -> int:
    """Score the next batch of waiting films, and return how many there were.

    One bad film stops none of the others: it is refused with its reason. Where the whole batch fails, its
    films are released for another try. Films that cost an attempt earlier come last, each on its own.

    Parameters
    ----------
    numbers
        Cases to choose from, by default all.
    """
    screener = worklist.profiles.applied(screener)
    if cases := worklist.scoring.claim(worker, batch_size, numbers=numbers):
        return _score(worklist, screener, batch_size, worker, iter([cases]))
    cases = worklist.scoring.claim(worker, 1, numbers=numbers, again=True)
    return _score(worklist, screener, 1, worker, iter([cases]), attempt=Attempt.SECOND)


def score_run(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    stopped: Callable[[], bool],
    scored: Callable[[int], None] | None = None,
) -> int:
    """Score films until none waits, in one stream, and return how many there were.

    Films are claimed as the screener asks for them, a few batches ahead, and recorded batch by batch while it
    computes. Where the run fails, the claimed films are released for another try. Films that cost an attempt
    earlier come last, each on its own.

    Parameters
    ----------
    stopped
        Asked before each further batch is claimed; once true, the run ends after the films already claimed.
        So it does where another site profile is put in use.
    scored
        Called with the number of films of each batch, once it is recorded.
    """

    def batches() -> Iterator[Sequence[Case]]:
        while cases := worklist.scoring.claim(worker, batch_size):
            yield cases
            if stopped() or worklist.profiles.applied(screener).version != used.version:
                return

    used = worklist.profiles.applied(screener)
    count = _score(worklist, used, batch_size, worker, batches(), scored)
    while not stopped() and (again := worklist.scoring.claim(worker, 1, again=True)):
        count += _score(worklist, used, 1, worker, iter([again]), scored, Attempt.SECOND)
    return count


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
) -> None:
    """Score waiting films until `stop` is set.

    Parameters
    ----------
    stop
        Once set, the worker ends after the films it has claimed.
    until_empty
        End as soon as no film waits, and where scoring fails again and again.
    scored
        Called with the number of films of each batch, and with 0 each time that none waits any more.
    """
    worker = worker_name()
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
        except DecodingStopped:
            return
        except Exception as error:
            failures += 1
            if until_empty and failures == TRIES:
                raise
            log.error("Scoring failed, and is tried again: %s", loggable(error))
            stop.wait(RESTART_SECONDS)
            continue
        failures = 0
        if count and scored:
            scored(0)
        if empty:
            return
        if not count:
            stop.wait(POLL_SECONDS)


def loggable(error: Exception) -> str:
    """What of an error may be logged: only the worklist's own messages are known to name nobody."""
    return str(error) if isinstance(error, WorklistError) else type(error).__name__


def _score(
    worklist: Worklist,
    screener: Screener,
    batch_size: int,
    worker: str,
    batches: Iterator[Sequence[Case]],
    scored: Callable[[int], None] | None = None,
    attempt: Attempt = Attempt.FIRST,
) -> int:
    """Score films that the worker claims batch by batch, and record them in batches."""
    claimed: deque[Case] = deque()

    def files(first: Sequence[Case]) -> Iterator[Stated]:
        for cases in chain([first], batches):
            _check_folder(worklist, cases)
            claimed.extend(cases)
            yield from [(worklist.to_score(case), case.stated) for case in cases]

    first = next(batches, [])
    if not first:
        return 0
    count = 0
    try:
        with Heartbeat(worklist.scoring, worker) as heartbeat:
            outcomes = screener.screen(files(first), attempt)
            while some := list(islice(outcomes, batch_size)):
                heartbeat.advanced()
                worklist.scoring.record(worker, [_scored(claimed.popleft(), outcome) for outcome in some])
                count += len(some)
                if scored:
                    scored(len(some))
    except BaseException:
        worklist.scoring.release(worker)
        raise
    return count


def _check_folder(worklist: Worklist, cases: Sequence[Case]) -> None:
    if not worklist.reaches_films(cases):
        raise WorklistError(
            "None of the waiting films is in the folder of CXR_FILMS, nor is the key of that folder. "
            "Set CXR_FILMS to the folder that the films were added to, or mount it."
        )


def _scored(case: Case, outcome: Outcome) -> Scored:
    if outcome.error:
        reason = Reason(outcome.error.code, outcome.error.sentence)
        return Scored(case, error=reason, cost_an_attempt=isinstance(outcome.error, DecodingFailedError))
    assert outcome.film
    if outcome.film.sha256 != case.sha256:
        return Scored(case, error=Reason(CHANGED_FILE, CHANGED))
    return Scored(case, outcome.result, thumbnail(outcome.film), age_years=outcome.film.age_years)
