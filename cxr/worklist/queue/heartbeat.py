"""How a worker keeps the films that it works on, however slow its machine is."""

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
"""After so many leases without a film done a worker is taken for dead, though its process still lives."""


class Heartbeat:
    """Renew the lease of all that a worker holds, three times in each lease, for as long as it is entered."""

    def __init__(self, scoring: ScoringQueue, worker: str, lease: datetime.timedelta = LEASE) -> None:
        self._scoring = scoring
        self._worker = worker
        self._lease = lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worklist lease", daemon=True)
        self.advanced()

    def advanced(self) -> None:
        """Tell that the worker gets on."""
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
                    "No film was done for %.0f seconds: others may take those in hand.", lease * STANDSTILL
                )
                return
            try:
                self._scoring.renew(self._worker, self._lease)
            except WorklistError as error:
                log.warning("The films in hand could not be kept, which is tried again: %s", error)
