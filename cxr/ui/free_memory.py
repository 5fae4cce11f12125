"""Memory that is no longer used."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time

GARBAGE_SHARE = 0.02
"""Share of the time that looking for garbage may take."""


def return_free_memory() -> None:
    """Return freed memory to the system: after a batch of films glibc would keep some 200 MB of it."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


class GarbageCollection:
    """Collects garbage now and then: each time after a while that is long beside what the last one took."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._not_before = 0.0

    def collect(self) -> None:
        """Collect garbage, unless that was done a short while ago or is being done."""
        if time.monotonic() < self._not_before or not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            began = time.monotonic()
            gc.collect()
            ended = time.monotonic()
            self._not_before = ended + (ended - began) / GARBAGE_SHARE
        finally:
            self._one_at_a_time.release()
