"""What the processes of `test_crash.py` do until they are killed; light, for a hundred are started."""

import datetime
import hashlib
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from noise import noise_png

from cxr.film import FilmErrorCode, Population
from cxr.triage.flag import Reason
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

LEASE = datetime.timedelta(seconds=0.05)


def accept_until_killed(url: str, films: Path, first: int, says: Connection) -> None:
    """Accept one film after another, and say after each its number and the hash of its content."""
    worklist = Worklist(url, films)
    for seed in count(first):
        content = noise_png(seed)
        accepted = worklist.intake.accept(f"{seed}.png", content, Population.UNKNOWN, "Ada")
        says.send((accepted.number, hashlib.sha256(content).hexdigest()))


def record_until_killed(url: str, films: Path, name: str, says: Connection) -> None:
    """Take what waits two by two and write down what is said of it, which costs no network here."""
    worklist = Worklist(url, films)
    said = Reason(FilmErrorCode.DAMAGED, "This file is damaged.")
    while True:
        cases = worklist.scoring.claim(name, 2, LEASE)
        says.send([case.number for case in cases])
        if cases:
            worklist.scoring.record(name, [Scored(case, error=said) for case in cases])


def score_until_killed(url: str, films: Path, bundle: Path, says: Connection) -> None:
    """Score what waits one by one, and say so after each."""
    from cxr.model.bundle import load_bundle
    from cxr.screening import Screener
    from cxr.worklist.queue.worker import score_waiting

    worklist, screener = Worklist(url, films), Screener(load_bundle(bundle))
    while score_waiting(worklist, screener, batch_size=1, worker="killed"):
        says.send("scored one")


def back_up_until_killed(url: str, films: Path, to: Path, says: Connection) -> None:
    """Back up again and again, and report each step."""
    worklist = Worklist(url, films)
    while True:
        worklist.backup.make(to, None, lambda *step: says.send(step))
        says.send("whole")
