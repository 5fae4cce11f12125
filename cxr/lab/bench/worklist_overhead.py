"""Films through the worklist, compared with the same films without one."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from cxr.film import Population
from cxr.lab.bench.served_app import database_of
from cxr.lab.bench.speed import WorklistSpeed
from cxr.lab.bench.timing import milliseconds, spread
from cxr.screening import Screener
from cxr.worklist.queue.worker import work
from cxr.worklist.worklist import Worklist

CHILD = Population.CHILD
WHO = "bench"


def measure_worklist(
    screener: Screener, batch_size: int, paths: Sequence[Path], rounds: int
) -> WorklistSpeed:
    """Import films into a new worklist, score them there, and score them without one, in turns."""
    list(screener.screen((path, CHILD) for path in paths))
    turns = [_turn(screener, batch_size, paths) for _ in range(rounds)]
    return WorklistSpeed(len(paths), *(spread(values) for values in zip(*turns, strict=True)))


def _turn(screener: Screener, batch_size: int, paths: Sequence[Path]) -> tuple[float, float, float]:
    """Return milliseconds per film in a plain batch, from waiting to committed, and for import."""

    def score() -> int:
        work(worklist, screener, batch_size, threading.Event(), until_empty=True)
        assert worklist.scoring.waiting() == 0
        return len(paths)

    with tempfile.TemporaryDirectory() as folder:
        worklist = Worklist(database_of(Path(folder)), Path(folder) / "films")
        batch = milliseconds(lambda: len(list(screener.screen((path, CHILD) for path in paths))))
        accepted = milliseconds(lambda: import_films(worklist, paths))
        return batch, milliseconds(score), accepted


def import_films(worklist: Worklist, paths: Sequence[Path]) -> int:
    """Import films into a worklist and return their number."""
    for path in paths:
        worklist.intake.accept(path.name, path.read_bytes(), CHILD, WHO)
    return len(paths)
