"""Rule 3 of DESIGN.md: a film once accepted is on the worklist after a crash at any point, exactly once."""

import hashlib
import multiprocessing
import random
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from made_films import png
from until_killed import accept_until_killed, score_until_killed

from cxr.film import Population
from cxr.screening import Screener
from cxr.worklist.case import State
from cxr.worklist.store import Worklist
from cxr.worklist.worker import score_waiting

KILLS = 10
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["cxr.worklist.store"])


def spoken(hears: Connection) -> Any:
    """The next word of a process, which is not waited for longer than a minute."""
    assert hears.poll(60), "the process said nothing"
    return hears.recv()


def last_words(hears: Connection) -> list[tuple[int, str]]:
    words = []
    try:
        while True:
            words.append(hears.recv())
    except (EOFError, OSError):
        return words


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'worklist.sqlite3'}"


def test_every_film_accepted_before_a_kill_is_there_once_and_whole(tmp_path: Path, url: str) -> None:
    films = tmp_path / "films"
    chance = random.Random(1)
    promised: list[tuple[int, str]] = []
    for kill in range(KILLS):
        hears, says = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=accept_until_killed, args=(url, films, kill * 10_000, says))
        process.start()
        says.close()
        promised += [spoken(hears) for _ in range(chance.randint(1, 4))]
        # The process never ends by itself: this only moves the kill to a random point of the next film.
        process.join(timeout=chance.uniform(0, 0.02))
        process.kill()
        promised += last_words(hears)
        process.join()

    worklist = Worklist(url, films)
    cases = {case.number: case for case in worklist.cases()}

    assert len(promised) >= KILLS
    assert set(Counter(case.sha256 for case in cases.values()).values()) == {1}
    assert [(number, cases[number].sha256) for number, _ in promised] == promised
    # A film may be on the worklist that was never answered for, one a kill at most, and never half of it.
    assert len(promised) <= len(cases) <= len(promised) + KILLS
    for case in cases.values():
        content = worklist.film_path(case).read_bytes()
        assert hashlib.sha256(content).hexdigest() == case.sha256
        assert case.state is State.WAITING


def test_scoring_goes_on_where_a_kill_stopped_it(
    tmp_path: Path, url: str, small_bundle: Path, small_screener: Screener
) -> None:
    worklist = Worklist(url, tmp_path / "films")
    for seed in range(5):
        worklist.accept(f"{seed}.png", png(seed), Population.CHILD)
    hears, says = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=score_until_killed, args=(url, tmp_path / "films", small_bundle, says))
    process.start()
    says.close()
    for _ in range(2):
        spoken(hears)
    process.kill()
    process.join()

    reopened = Worklist(url, tmp_path / "films")
    before = {case.number: case.probability for case in reopened.cases() if case.state is State.SCORED}
    rest = len(reopened.waiting(10))

    assert len(before) >= 2 and len(before) + rest == 5
    assert score_waiting(reopened, small_screener, batch_size=10) == rest
    assert score_waiting(reopened, small_screener, batch_size=10) == 0
    after = {case.number: case.probability for case in reopened.cases()}
    assert len(after) == 5 and None not in after.values()
    assert {number: after[number] for number in before} == before


def test_films_accepted_by_a_process_that_is_gone_are_scored_once(
    tmp_path: Path, url: str, small_screener: Screener
) -> None:
    gone = Worklist(url, tmp_path / "films")
    for seed in range(3):
        gone.accept(f"{seed}.png", png(seed), Population.CHILD)
    del gone

    worklist = Worklist(url, tmp_path / "films")
    rounds = [score_waiting(worklist, small_screener, batch_size=2) for _ in range(3)]

    assert rounds == [2, 1, 0]
    assert worklist.counts() == {State.WAITING: 0, State.SCORED: 3}
