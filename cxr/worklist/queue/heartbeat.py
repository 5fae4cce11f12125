"""The heartbeat by which a worker keeps the lease of its films, however slow its machine is."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from typing import Self

from cxr.worklist.queue.scoring_queue import LEASE, ScoringQueue
from cxr.worklist.store.database import WorklistError

log = logging.getLogger(__name__)

STANDSTILL = 10
"""After so many leases without a finished film a worker counts as dead, even if its process still runs."""


class Heartbeat:
    """Renew the lease of all films that a worker holds, three times in each lease, while it is entered."""

    def __init__(self, scoring: ScoringQueue, worker: str, lease: datetime.timedelta = LEASE) -> None:
        self._scoring = scoring
        self._worker = worker
        self._lease = lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worklist lease", daemon=True)
        self.advanced()

    def advanced(self) -> None:
        """Note that the worker has finished films."""
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        lease = self._lease.total_seconds()
        while not self._over.wait(lease / 3):
            if time.monotonic() - self._last > STANDSTILL * lease:
                log.error(
                    "No film was finished for %.0f seconds: other workers may take over the films in "
                    "progress.",
                    lease * STANDSTILL,
                )
                return
            try:
                self._scoring.renew(self._worker, self._lease)
            except WorklistError as error:
                log.warning(
                    "The lease of the claimed films could not be renewed and will be retried: %s", error
                )
