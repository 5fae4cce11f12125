"""The worker that scores what waits on the worklist."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from cxr.explain.overlay import display
from cxr.film import Film
from cxr.triage.flag import Reason
from cxr.worklist.store import Worklist

if TYPE_CHECKING:
    from cxr.screening import Screener

log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 96
RESTART_SECONDS = 5


def score_waiting(worklist: Worklist, screener: Screener, batch_size: int) -> int:
    """Score the next batch of waiting films and return how many there were.

    One bad film stops none of the others: it is refused with its reason.
    """
    cases = worklist.waiting(batch_size)
    outcomes = screener.screen([(worklist.film_source(case), case.stated) for case in cases])
    for case, outcome in zip(cases, outcomes, strict=True):
        if outcome.error:
            worklist.refuse(case, Reason(outcome.error.code, outcome.error.sentence))
        elif outcome.film and outcome.reading:
            worklist.record(case, outcome.reading, thumbnail(outcome.film))
    return len(cases)


def thumbnail(film: Film) -> bytes:
    """Make a small JPEG of a film, without metadata."""
    file = io.BytesIO()
    Image.fromarray(display(film, THUMBNAIL_SIDE)).save(file, "JPEG", quality=80)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run of the worker goes: films done of all that came in it, and seconds since it began."""

    done: int
    total: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """Estimated time until the last film is done; unknown before the first."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


class Worker:
    """A thread that sleeps until films wait, and scores them."""

    def __init__(self, worklist: Worklist, screener: Callable[[], Screener], batch_size: int) -> None:
        self._worklist = worklist
        self._screener = screener
        self._batch_size = batch_size
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._lock = threading.Lock()
        self._began = 0.0
        self._done = 0
        self._total = 0
        self.wake()
        self._thread = threading.Thread(target=self._run, name="worklist worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Tell the worker that films wait; also those that an earlier run of the program left behind."""
        with self._lock:
            if self._idle.is_set():
                self._done, self._total, self._began = 0, 0, time.monotonic()
            self._idle.clear()
            self._wake.set()

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until every waiting film is scored; false where the time ran out before."""
        return self._idle.wait(timeout)

    def pace(self, waiting: int) -> Pace | None:
        """How far the run in progress is; nothing while the worker sleeps."""
        if self._idle.is_set():
            return None
        # Films are counted as done batch by batch, but leave the waiting ones in between.
        self._total = max(self._total, self._done + waiting)
        return Pace(self._total - waiting, self._total, time.monotonic() - self._began)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            try:
                while scored := score_waiting(self._worklist, self._screener(), self._batch_size):
                    self._done += scored
            except Exception as error:
                log.error("The worklist's worker stopped with %s; it starts again.", type(error).__name__)
                time.sleep(RESTART_SECONDS)
                self._wake.set()
            with self._lock:
                if not self._wake.is_set():
                    self._idle.set()
