"""Films a second through the worklist by one process and by two, each on one thread."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from cxr.evidence.speed import WorkersSpeed
from cxr.lab.bench.worklist_overhead import hand_in, new_worklist
from cxr.settings import ROOT
from cxr.worklist.audit.trail import Action, Line
from cxr.worklist.worklist import Worklist

PROCESSES = (1, 2)
TURNS = 2
DONE = (Action.SCORED, Action.REFUSED)


class BenchError(Exception):
    """A process that should have been measured and failed."""


def measure_workers(paths: Sequence[Path]) -> WorkersSpeed:
    """Have films scored by one process and by two, in turn, each time on a new worklist."""
    turns = [{count: _rate(count, paths) for count in PROCESSES} for _ in range(TURNS)]
    return WorkersSpeed(len(paths), {count: median(turn[count] for turn in turns) for count in PROCESSES})


def _rate(processes: int, paths: Sequence[Path]) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        worklist = new_worklist(folder)
        hand_in(worklist, paths)
        environment = os.environ | {
            "CXR_DATABASE": f"sqlite:///{folder / 'worklist.sqlite3'}",
            "CXR_FILMS": str(folder / "films"),
            "CXR_WORKERS": str(processes),
        }
        command = [sys.executable, "-m", "cxr", "work", "--until-empty", "--threads", "1"]
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode or worklist.scoring.waiting():
            raise BenchError(f"The workers failed: {ended.stderr.strip()}")
        return steady_rate(_lines(worklist), processes)


def steady_rate(lines: Sequence[Line], processes: int) -> float:
    """Films a second between the moment when every process had its first films done and the first end of one.

    Raises
    ------
    BenchError
        Where fewer processes had a share, or one ended before another began.
    """
    of_each: dict[str, list[Line]] = {}
    for line in lines:
        of_each.setdefault(line.who, []).append(line)
    if len(of_each) != processes:
        raise BenchError(f"{len(of_each)} of {processes} processes had a share of the films.")
    begins = max(min(line.at for line in own) for own in of_each.values())
    ends = min(max(line.at for line in own) for own in of_each.values())
    if begins >= ends:
        raise BenchError("One process had ended before another began: measure with more films.")
    return sum(begins < line.at <= ends for line in lines) / (ends - begins).total_seconds()


def _lines(worklist: Worklist) -> list[Line]:
    every = worklist.audit.count()
    return [line for action in DONE for line in worklist.audit.lines(limit=every, action=action)]
