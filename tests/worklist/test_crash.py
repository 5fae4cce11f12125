"""Rule 3 of DESIGN.md: a film once accepted is on the worklist after a crash at any point, exactly once."""

import hashlib
import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from made_films import png
from processes import speaking, spoken
from until_killed import LEASE, accept_until_killed, record_until_killed, score_until_killed
from waiting import until

from cxr.film import FilmErrorCode, Population
from cxr.screening import Screener
from cxr.triage.flag import Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, State
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.queue.worker import score_waiting
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

KILLS = 15
"""Kills of processes that add films, and as many of processes that score, on each database."""


def last_words(hears: Connection) -> list[Any]:
    words = []
    try:
        while True:
            words.append(spoken(hears))
    except (EOFError, OSError):
        return words


def killed(target: Any, arguments: tuple[Any, ...], words: int, chance: random.Random) -> list[Any]:
    """Start a process, kill it at a random point after some words, and return all that it said."""
    with speaking(target, *arguments) as (process, hears):
        said = [spoken(hears) for _ in range(words)]
        # The process never ends by itself: this only moves the kill to a random point of what it does next.
        process.join(timeout=chance.uniform(0, 0.02))
        process.kill()
        return said + last_words(hears)


def cases(worklist: Worklist) -> dict[int, Case]:
    return {ranked.case.number: ranked.case for ranked in worklist.ranked.page(limit=10_000).rows}


def test_kills_at_random_points_lose_no_film_and_score_none_twice(url: str, tmp_path: Path) -> None:
    films = tmp_path / "films"
    chance = random.Random(1)
    promised: list[tuple[int, str]] = []
    for kill in range(KILLS):
        promised += killed(
            accept_until_killed, (url, films, kill * 10_000), words=chance.randint(1, 3), chance=chance
        )
        killed(record_until_killed, (url, films, f"worker {kill}"), words=chance.randint(1, 2), chance=chance)

    worklist = Worklist(url, films)
    found = cases(worklist)
    assert len(promised) >= KILLS
    assert [(number, found[number].sha256) for number, _ in promised] == promised
    assert set(Counter(case.sha256 for case in found.values()).values()) == {1}
    # A film may be on the worklist that was never answered for, one a kill at most, and never half of it.
    assert len(promised) <= len(found) <= len(promised) + KILLS
    for case in found.values():
        assert hashlib.sha256(worklist.film_path(case).read_bytes()).hexdigest() == case.sha256

    said = Reason(FilmErrorCode.DAMAGED, "This file is damaged.")

    def nothing_is_left() -> bool:
        taken = worklist.scoring.claim("survivor", 100, LEASE)
        worklist.scoring.record("survivor", [Scored(case, error=said) for case in taken])
        return not worklist.scoring.waiting()

    until(nothing_is_left, "the films of dead workers")

    assert {case.state for case in cases(worklist).values()} == {State.SCORED}
    scored = Counter(
        line.case for line in worklist.audit.lines(limit=100_000) if line.action is Action.REFUSED
    )
    assert scored == dict.fromkeys(found, 1)
    assert worklist.audit.verify().faults == ()


def test_scoring_goes_on_where_a_kill_stopped_it(
    tmp_path: Path, small_bundle: Path, small_screener: Screener
) -> None:
    url = f"sqlite:///{tmp_path / 'worklist.sqlite3'}"
    worklist = Worklist(url, tmp_path / "films")
    for seed in range(5):
        worklist.intake.accept(f"{seed}.png", png(seed), Population.CHILD, "Ada")
    killed(score_until_killed, (url, tmp_path / "films", small_bundle), words=2, chance=random.Random(1))

    reopened = Worklist(url, tmp_path / "films")
    before = {case.number: case.probability for case in cases(reopened).values() if case.scored_at}
    # The dead worker may hold a film for a while yet; its name alone frees it sooner.
    reopened.scoring.release("killed")
    rest = reopened.scoring.waiting()

    assert len(before) >= 2 and len(before) + rest == 5
    assert score_waiting(reopened, small_screener, batch_size=10, worker="survivor") == rest
    assert score_waiting(reopened, small_screener, batch_size=10, worker="survivor") == 0
    after = {case.number: case.probability for case in cases(reopened).values()}
    assert len(after) == 5 and None not in after.values()
    assert {number: after[number] for number in before} == before
