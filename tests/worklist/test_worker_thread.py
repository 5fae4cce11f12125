"""The worker's thread: when it scores, waits, reports its pace, restarts and ends."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import event
from waiting import PATIENCE
from worklist.waiting_films import add_films, cases, layer_by_layer

from cxr.model.bundle import load_bundle
from cxr.screening import Screener
from cxr.worklist.case import State
from cxr.worklist.queue.worker_thread import Pace, Worker
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


def test_a_worker_scores_what_waits_goes_idle_and_wakes_again(
    worklist: Worklist, small_screener: Screener
) -> None:
    add_films(worklist, range(3))

    worker = Worker(worklist, lambda: small_screener, batch_size=2)

    assert worker.wait_until_idle(PATIENCE)
    assert [case.state for case in cases(worklist)] == [State.SCORED] * 3
    assert worker.pace() is None

    add_films(worklist, range(3, 5))
    worker.wake()

    assert worker.wait_until_idle(PATIENCE)
    assert [case.state for case in cases(worklist)] == [State.SCORED] * 5


@pytest.fixture
def barrier() -> tuple[threading.Semaphore, threading.Semaphore]:
    """Films that came to the network of `held_screener`, and films that may go on."""
    return threading.Semaphore(0), threading.Semaphore(0)


@pytest.fixture
def held_screener(small_bundle: Path, barrier: tuple[threading.Semaphore, threading.Semaphore]) -> Screener:
    """A network that takes film by film, each when it is let."""
    bundle, (came, may_go_on) = load_bundle(small_bundle), barrier

    def wait(*_: object) -> None:
        came.release()
        assert may_go_on.acquire(timeout=PATIENCE)

    bundle.network.trunk.register_forward_pre_hook(wait)
    return Screener(bundle, batch_size=1, engine=layer_by_layer(bundle), threads=1)


def test_a_worker_tells_its_pace(
    worklist: Worklist, held_screener: Screener, barrier: tuple[threading.Semaphore, threading.Semaphore]
) -> None:
    came, may_go_on = barrier
    add_films(worklist, range(3))
    worker = Worker(worklist, lambda: held_screener, batch_size=1)
    assert came.acquire(timeout=PATIENCE)
    first = worker.pace()
    may_go_on.release()
    assert came.acquire(timeout=PATIENCE)
    second = worker.pace()
    may_go_on.release(2)

    assert worker.wait_until_idle(PATIENCE)
    assert first and (first.done, first.total, first.seconds_left) == (0, 3, None)
    assert 0 <= first.seconds < PATIENCE
    assert second and (second.done, second.total) == (1, 3)
    assert second.seconds_left == pytest.approx(2 * second.seconds)

    asked_before_waking = worker.pace()
    add_films(worklist, range(3, 4))
    worker.wake()
    third = worker.pace()
    may_go_on.release()

    assert worker.wait_until_idle(PATIENCE)
    assert asked_before_waking is None
    # A new run counts from 0, not from where the last one ended.
    assert third and third.done == 0


def test_the_pace_never_tells_of_more_films_than_there_are(
    worklist: Worklist, held_screener: Screener, barrier: tuple[threading.Semaphore, threading.Semaphore]
) -> None:
    came, may_go_on = barrier
    add_films(worklist, range(3))
    worker = Worker(worklist, lambda: held_screener, batch_size=1)
    assert came.acquire(timeout=PATIENCE)
    asking, scored = threading.get_ident(), threading.Event()

    def score_two_films(*_: object) -> None:
        """Score them in the moment between two looks of the one who asks."""
        if threading.get_ident() == asking and not scored.is_set():
            scored.set()
            may_go_on.release(2)
            assert came.acquire(timeout=PATIENCE) and came.acquire(timeout=PATIENCE)

    event.listen(worklist._database.engine, "before_cursor_execute", score_two_films)
    pace = worker.pace()
    may_go_on.release()

    assert worker.wait_until_idle(PATIENCE) and scored.is_set()
    assert pace and pace.done <= pace.total


def test_the_pace_says_how_long_the_rest_takes() -> None:
    assert Pace(done=4, total=12, seconds=2.0).seconds_left == 4.0
    assert Pace(done=0, total=12, seconds=2.0).seconds_left is None


def test_a_worker_that_fails_starts_again_and_loses_nothing(
    worklist: Worklist,
    small_screener: Screener,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("cxr.worklist.queue.worker_thread.RESTART_SECONDS", 0)
    failures = iter([OSError("disk of ROSSI^MARIA"), OSError("again")])

    def screener() -> Screener:
        for failure in failures:
            raise failure
        return small_screener

    add_films(worklist, range(2))
    worker = Worker(worklist, screener, batch_size=2)

    assert worker.wait_until_idle(PATIENCE)
    assert [case.state for case in cases(worklist)] == [State.SCORED] * 2
    assert len(caplog.messages) == 2 and all("OSError" in line for line in caplog.messages)
    assert "ROSSI" not in caplog.text


def test_a_cancelled_worker_leaves_the_rest_waiting_until_it_is_woken(
    worklist: Worklist, small_screener: Screener
) -> None:
    workers: list[Worker] = []
    made = threading.Event()

    def screener() -> Screener:
        assert made.wait(PATIENCE)
        if not workers[0].cancelled and len(cases(worklist)) == 3:
            workers[0].cancel()
        return small_screener

    add_films(worklist, range(3))
    workers.append(Worker(worklist, screener, batch_size=1))
    made.set()
    assert workers[0].wait_until_idle(PATIENCE)

    assert worklist.scoring.waiting() == 2
    add_films(worklist, range(3, 4))
    workers[0].wake()
    assert workers[0].wait_until_idle(PATIENCE)
    assert worklist.scoring.waiting() == 0


def test_a_worker_ends_whenever_it_is_closed(worklist: Worklist, small_screener: Screener) -> None:
    for _ in range(100):
        worker = Worker(worklist, lambda: small_screener, batch_size=2)
        worker.close()
        assert not worker._thread.is_alive()
