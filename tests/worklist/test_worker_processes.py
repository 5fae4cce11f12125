"""Several processes score one worklist: real ones, with the small network."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from film.film_files import picture_file
from made_cases import hand_in
from made_films import grey_level
from PIL import Image

from cxr.film import FilmErrorCode
from cxr.worklist.audit.trail import Action
from cxr.worklist.queue.worker_processes import WorkerProcesses, cores
from cxr.worklist.worklist import Worklist

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
FILMS = 16


@pytest.fixture
def url(tmp_path: Path) -> str:
    """SQLite alone: how films are handed out has its tests on both databases."""
    return f"sqlite:///{tmp_path / 'worklist.sqlite3'}"


@pytest.fixture
def environment(url: str, tmp_path: Path, small_bundle: Path) -> dict[str, str]:
    """Settings of that worklist and the small bundle."""
    return {
        "CXR_DATABASE": url,
        "CXR_FILMS": str(tmp_path / "films"),
        "CXR_MODELS": str(small_bundle.parent),
        "CXR_BUNDLE": small_bundle.name,
        "CXR_BATCH_SIZE": "1",
        "CXR_ENGINE": "torch",
        "CXR_PRECISION": "float32",
    }


class Scored:
    """Hears from processes that they scored something."""

    def __init__(self) -> None:
        self.any = threading.Event()

    def __call__(self, count: int) -> None:
        if count:
            self.any.set()


@contextmanager
def work(environment: dict[str, str], **more: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m cxr work` in two processes beside a parent."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cxr", "work"],
        cwd=REPOSITORY,
        env=os.environ | environment | {"CXR_WORKERS": "2"} | more,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def scorings(worklist: Worklist) -> list[tuple[str, int | None]]:
    """Who scored which case."""
    lines = worklist.audit.lines(limit=10_000)
    return [(line.who, line.case) for line in lines if line.action in (Action.SCORED, Action.REFUSED)]


def test_two_processes_share_the_films_and_the_cores(worklist: Worklist, environment: dict[str, str]) -> None:
    processes = WorkerProcesses(worklist, 2, environment=environment)
    processes.start()
    try:
        assert processes.wait_until_ready(threading.Event(), PATIENCE)
        assert list(processes.ready.values()) == [max(1, cores() // 2)] * 2
        assert sorted(processes.ready) == sorted(processes.pids)
        films = [hand_in(worklist, seed).number for seed in range(FILMS)]
        # One that looks for films a little earlier may take that many before the other looks.
        until = time.monotonic() + PATIENCE
        while len(Counter(who for who, _ in scorings(worklist))) < 2 or worklist.scoring.waiting():
            assert time.monotonic() < until
            if not worklist.scoring.waiting():
                films.append(hand_in(worklist, len(films)).number)
    finally:
        processes.stop()

    assert processes.pids == []
    assert sorted(case for _, case in scorings(worklist) if case) == films
    assert worklist.audit.verify().faults == ()


def test_a_killed_process_is_replaced_and_its_films_are_scored_once(
    worklist: Worklist, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    films = [hand_in(worklist, seed).number for seed in range(FILMS)]
    scored = Scored()
    processes = WorkerProcesses(worklist, 1, scored=scored, environment=environment, pause=0)
    processes.start()
    try:
        assert scored.any.wait(PATIENCE)
        (killed,) = processes.pids
        os.kill(killed, signal.SIGKILL)
        films.append(hand_in(worklist, FILMS).number)
        # A lease lasts longer than the patience of this test: what the dead process held was given back.
        until = time.monotonic() + PATIENCE
        while killed in processes.pids or worklist.scoring.waiting():
            assert time.monotonic() < until
    finally:
        processes.stop()

    assert sorted(case for _, case in scorings(worklist) if case) == films
    assert "Worker process 1 of 1 ended with exit code -9." in caplog.messages


def test_films_that_no_process_survives_are_refused_and_the_others_scored(
    worklist: Worklist, environment: dict[str, str]
) -> None:
    deadly = {3, 4, 10}
    for number in range(1, FILMS + 1):
        width = 300 if number in deadly else 224
        content = picture_file(Image.fromarray(grey_level(number, width=width)), "PNG")
        assert hand_in(worklist, content=content).number == number
    more = {"CXR_BATCH_SIZE": "4", "PYTHONPATH": str(Path(__file__).parent / "deadly_decoder")}
    processes = WorkerProcesses(worklist, 2, 1, until_empty=True, environment=environment | more, pause=0)

    assert processes.run(threading.Event())

    assert worklist.scoring.waiting() == 0
    assert sorted(case for _, case in scorings(worklist) if case) == list(range(1, FILMS + 1))
    refused = worklist.audit.lines(action=Action.REFUSED)
    assert {line.case for line in refused} == deadly
    assert {line.details["reasons"] for line in refused} == {FilmErrorCode.FAILED}


def test_processes_end_when_their_parent_is_killed(worklist: Worklist, environment: dict[str, str]) -> None:
    with work(environment) as parent:
        assert parent.stderr
        ready = 0
        while ready < 2:
            ready += "is ready, on" in parent.stderr.readline()
        parent.kill()

        # They hold the other end of its error output: that ends once the last of them has ended.
        parent.communicate(timeout=PATIENCE)


def test_a_stop_lets_all_finish_the_films_in_hand(worklist: Worklist, environment: dict[str, str]) -> None:
    for seed in range(FILMS):
        hand_in(worklist, seed)
    with work(environment) as parent:
        assert parent.stdout and parent.stdout.readline().startswith("Scored ")
        parent.terminate()
        parent.communicate(timeout=PATIENCE)

    assert parent.returncode == 0
    rest = worklist.scoring.claim("next", FILMS)
    assert len(scorings(worklist)) + len(rest) == FILMS


def test_processes_that_cannot_score_end_with_exit_code_1(environment: dict[str, str]) -> None:
    with work(environment, CXR_BUNDLE="none") as parent:
        _, said = parent.communicate(timeout=PATIENCE)

    assert parent.returncode == 1
    assert "none" in said and "Traceback" not in said


def test_more_processes_than_cores_are_told_of(worklist: Worklist, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert WorkerProcesses(worklist, cores() + 1).threads == 1
        assert len(caplog.messages) == 1 and "share" in caplog.text
        assert WorkerProcesses(worklist, 1).threads == cores()
        assert WorkerProcesses(worklist, 2, threads=3).threads == 3
    assert len(caplog.messages) == 1
