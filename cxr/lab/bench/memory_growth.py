"""Memory of this process while it screens many films."""

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from cxr.film import Population
from cxr.lab.bench.served_app import memory_mb
from cxr.lab.bench.speed import Memory
from cxr.screening import Screener, Stated

SAMPLES = 10


def measure_memory(screener: Screener, paths: Sequence[Path], films: int) -> Memory:
    """Screen `films` films, repeating the given ones, and record the memory in between."""
    every = max(1, films // SAMPLES)
    by_films = {0: resident_mb()}

    def files() -> Iterator[Stated]:
        yield from ((path, Population.CHILD) for path in islice(cycle(paths), films))

    for done, _ in enumerate(screener.screen(files()), start=1):
        if done % every == 0:
            by_films[done] = resident_mb()
    return Memory(by_films, peak_mb())


def resident_mb() -> float:
    """Return the current memory of this process in MB, or its peak where the system does not report it."""
    return memory_mb(os.getpid()) if sys.platform == "linux" else peak_mb()


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
