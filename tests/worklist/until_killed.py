"""What the processes of `test_crash.py` do until they are killed; light, for ten of them are started."""

import hashlib
import random
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from cxr.film import Population
from cxr.worklist.store import Worklist


def accept_until_killed(url: str, films: Path, first: int, says: Connection) -> None:
    """Accept one film after another, and say after each its number and the hash of its content."""
    worklist = Worklist(url, films)
    for seed in count(first):
        content = random.Random(seed).randbytes(300_000)
        accepted = worklist.accept(f"{seed}.png", content, Population.UNKNOWN)
        says.send((accepted.number, hashlib.sha256(content).hexdigest()))


def score_until_killed(url: str, films: Path, bundle: Path, says: Connection) -> None:
    """Score what waits one by one, and say so after each."""
    from cxr.model.bundle import load_bundle
    from cxr.screening import Screener
    from cxr.worklist.worker import score_waiting

    worklist, screener = Worklist(url, films), Screener(load_bundle(bundle))
    while score_waiting(worklist, screener, batch_size=1):
        says.send("scored one")
