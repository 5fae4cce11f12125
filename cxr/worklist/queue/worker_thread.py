"""A worker of the app: a thread that scores what waits, and says how far it is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr.film.decoding_pool import DecodingStopped
from cxr.worklist.queue.worker import RESTART_SECONDS, loggable, score_run, worker_name
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from cxr.screening import Screener

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Progress of a worker's run: films done out of all in it, and seconds since it began."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Films a second; unknown before the first."""
        return self.done / self.seconds if self.done and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated time until the last film is done; unknown before the first."""
        return (self.total - self.done) / self.rate if self.rate else None


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
        self._closed = False
        self.wake()
        self._thread = threading.Thread(target=self._run, name="worklist worker", daemon=True)
        self._thread.start()

    @property
    def cancelled(self) -> bool:
        """Whether a person stopped the worker; waiting films stay on the list."""
        return self._cancelled

    def wake(self) -> None:
        """Notify the worker of waiting films, including those left by an earlier run of the program."""
        with self._lock:
            if self._idle.is_set():
                self._done, self._began = 0, time.monotonic()
            self._cancelled = False
            self._idle.clear()
            self._wake.set()

    def cancel(self) -> None:
        """Stop after the films already claimed; `wake` continues."""
        self._cancelled = True

    def close(self) -> None:
        """End the thread after the films already claimed; nothing wakes it again."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until every waiting film is scored; false where `timeout`, in seconds, ran out first."""
        return self._idle.wait(timeout)

    def pace(self) -> Pace | None:
        """Progress of the current run; None while the worker sleeps."""
        if self._idle.is_set():
            return None
        waiting = self._worklist.scoring.waiting()
        # Read once, because films go on being scored: a bar cannot show more than all of them.
        done, began = self._done, self._began
        return Pace(done, done + waiting, time.monotonic() - began)

    def _run(self) -> None:
        # Checked only here: a check between `wait` and `clear` could miss a `close` whose wake is cleared.
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            try:
                while not self._stopping() and self._score():
                    pass
            except DecodingStopped:
                return
            except Exception as error:
                log.error("The worklist's worker stopped, and starts again: %s", loggable(error))
                time.sleep(RESTART_SECONDS)
                self._wake.set()
            with self._lock:
                if not self._wake.is_set():
                    self._idle.set()

    def _score(self) -> int:
        return score_run(
            *(self._worklist, self._screener(), self._batch_size, self._name),
            stopped=self._stopping,
            scored=self._count,
        )

    def _stopping(self) -> bool:
        return self._cancelled or self._closed

    def _count(self, scored: int) -> None:
        self._done += scored
