import io
import logging
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from film.film_files import picture_file
from made_films import bad_files, grey_level, made_film, png
from PIL import Image

from cxr.film import Population, read_film
from cxr.model.bundle import Bundle, load_bundle
from cxr.model.engine import Engine
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.audit.trail import Action
from cxr.worklist.case import Case, State
from cxr.worklist.queue.pace import Pace
from cxr.worklist.queue.worker import score_waiting, thumbnail, work
from cxr.worklist.queue.worker_thread import Worker
from cxr.worklist.worklist import Worklist

CHILD = Population.CHILD
PATIENCE = 60.0


@pytest.fixture
def url(tmp_path: Path) -> str:
    """SQLite alone: what a worker does is the same on both databases."""
    return f"sqlite:///{tmp_path / 'worklist.sqlite3'}"


def hand_in(worklist: Worklist, seeds: range) -> list[int]:
    return [worklist.intake.accept(f"{seed}.png", png(seed), CHILD, "Ada").number for seed in seeds]


def cases(worklist: Worklist) -> list[Case]:
    """Cases to read, by arrival."""
    return sorted((ranked.case for ranked in worklist.ranked.page().rows), key=lambda case: case.number)


def marked_png() -> bytes:
    """A film with a white corner, at which `failing_screener` fails."""
    pixels = grey_level(0) // 2
    pixels[:32, :32] = 255
    return picture_file(Image.fromarray(pixels), "PNG")


def layer_by_layer(bundle: Bundle) -> Engine:
    """The bundle's own network, whose hooks are called."""
    return Engine(bundle.network, bundle.card.preprocessing)


@pytest.fixture
def failing_screener(small_bundle: Path) -> Screener:
    """A network that fails on films with a white corner, with a message that no log may show."""
    bundle = load_bundle(small_bundle)

    def fail(_trunk: torch.nn.Module, batch: tuple[torch.Tensor]) -> None:
        if (batch[0][:, 0, :8, :8].mean(dim=(1, 2)) > 1.7).any():
            raise ArithmeticError("ROSSI^MARIA")

    bundle.network.trunk.register_forward_pre_hook(fail)
    return Screener(bundle, engine=layer_by_layer(bundle))


def test_bad_films_are_refused_with_their_codes_and_the_good_ones_are_scored(
    worklist: Worklist, small_screener: Screener
) -> None:
    bad = bad_files()
    good = []
    for seed, (name, (content, _)) in enumerate(bad.items()):
        good += hand_in(worklist, range(seed, seed + 1))
        worklist.intake.accept(name, content, CHILD, "Ada")

    assert score_waiting(worklist, small_screener, batch_size=100, worker="worker 1") >= len(bad)
    assert worklist.scoring.waiting() == 0

    by_name = {case.name: case for case in cases(worklist)}
    assert len(by_name) == 2 * len(bad)
    for name, (_, code) in bad.items():
        assert [reason.code for reason in by_name[name].reasons] == [code], name
        assert by_name[name].flag is Flag.REFUSED and by_name[name].probability is None
        assert by_name[name].thumbnail is None
    for number in good:
        case = worklist.ranked.case(number)
        assert case and case.state is State.SCORED and case.flag is not Flag.REFUSED
        assert case.probability is not None and case.heat and case.thumbnail


def test_what_stands_on_the_worklist_is_what_the_screener_said(
    worklist: Worklist, small_screener: Screener
) -> None:
    hand_in(worklist, range(3))
    score_waiting(worklist, small_screener, batch_size=3, worker="worker 1")

    readings = small_screener.screen_films([read_film(png(seed)) for seed in range(3)], CHILD)

    for case, reading in zip(cases(worklist), readings, strict=True):
        assert case.probability == pytest.approx(reading.score and reading.score.probability, abs=1e-6)
        assert case.flag is reading.decision.flag
        assert case.bundle_version == small_screener.version
        assert case.heat and reading.heat
        np.testing.assert_allclose(case.heat.values, reading.heat.values, atol=5e-4)


def test_a_film_on_which_the_program_fails_is_refused_and_stops_none_of_the_others(
    worklist: Worklist, failing_screener: Screener, caplog: pytest.LogCaptureFixture
) -> None:
    hand_in(worklist, range(1))
    bad = worklist.intake.accept("marked.png", marked_png(), CHILD, "Ada").number
    hand_in(worklist, range(1, 2))

    with caplog.at_level(logging.DEBUG):
        assert score_waiting(worklist, failing_screener, batch_size=10, worker="worker 1") == 3

    flags = {case.number: case.flag for case in cases(worklist)}
    assert flags.pop(bad) is Flag.REFUSED
    assert len(flags) == 2 and None not in flags.values() and Flag.REFUSED not in flags.values()
    case = worklist.ranked.case(bad)
    assert case and [reason.code for reason in case.reasons] == ["failed"]
    assert caplog.messages == ["Screening a film failed with ArithmeticError."]


def test_a_film_whose_file_has_gone_is_refused(worklist: Worklist, small_screener: Screener) -> None:
    hand_in(worklist, range(1))
    (case,) = cases(worklist)
    worklist.film_path(case).unlink()

    score_waiting(worklist, small_screener, batch_size=1, worker="worker 1")

    (case,) = cases(worklist)
    assert case.flag is Flag.REFUSED and case.reasons[0].code == "not_found"


def test_a_thumbnail_is_a_small_grey_jpeg_that_keeps_the_aspect() -> None:
    image = Image.open(io.BytesIO(thumbnail(made_film(0, 300, 600))))

    assert (image.format, image.mode, image.size) == ("JPEG", "L", (96, 48))
    assert not image.getexif()


def test_a_worker_scores_what_waits_goes_idle_and_wakes_again(
    worklist: Worklist, small_screener: Screener
) -> None:
    hand_in(worklist, range(3))

    worker = Worker(worklist, lambda: small_screener, batch_size=2)

    assert worker.wait_until_idle(PATIENCE)
    assert [case.state for case in cases(worklist)] == [State.SCORED] * 3
    assert worker.pace() is None

    hand_in(worklist, range(3, 5))
    worker.wake()

    assert worker.wait_until_idle(PATIENCE)
    assert [case.state for case in cases(worklist)] == [State.SCORED] * 5


@pytest.fixture
def gate() -> tuple[threading.Semaphore, threading.Semaphore]:
    """Films that came to the network of `gated_screener`, and films that may go on."""
    return threading.Semaphore(0), threading.Semaphore(0)


@pytest.fixture
def gated_screener(small_bundle: Path, gate: tuple[threading.Semaphore, threading.Semaphore]) -> Screener:
    """A network that takes film by film, each when it is let."""
    bundle, (came, may_go_on) = load_bundle(small_bundle), gate

    def wait(*_: object) -> None:
        came.release()
        assert may_go_on.acquire(timeout=PATIENCE)

    bundle.network.trunk.register_forward_pre_hook(wait)
    return Screener(bundle, batch_size=1, engine=layer_by_layer(bundle), threads=1)


def test_a_worker_tells_its_pace(
    worklist: Worklist, gated_screener: Screener, gate: tuple[threading.Semaphore, threading.Semaphore]
) -> None:
    came, may_go_on = gate
    hand_in(worklist, range(3))
    worker = Worker(worklist, lambda: gated_screener, batch_size=1)
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
    hand_in(worklist, range(3, 4))
    worker.wake()
    third = worker.pace()
    may_go_on.release()

    assert worker.wait_until_idle(PATIENCE)
    assert asked_before_waking is None
    # A new run counts from 0, not from where the last one ended.
    assert third and third.done == 0 and third.seconds < second.seconds


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

    hand_in(worklist, range(2))
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

    hand_in(worklist, range(3))
    workers.append(Worker(worklist, screener, batch_size=1))
    made.set()
    assert workers[0].wait_until_idle(PATIENCE)

    assert worklist.scoring.waiting() == 2
    hand_in(worklist, range(3, 4))
    workers[0].wake()
    assert workers[0].wait_until_idle(PATIENCE)
    assert worklist.scoring.waiting() == 0


def test_a_batch_that_fails_is_given_back(
    worklist: Worklist, small_screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise MemoryError

    hand_in(worklist, range(2))
    with monkeypatch.context() as broken, pytest.raises(MemoryError):
        broken.setattr(Screener, "screen", break_down)
        score_waiting(worklist, small_screener, 2, "worker 1")

    assert score_waiting(worklist, small_screener, 2, "worker 2") == 2


def test_workers_side_by_side_score_every_film_once(worklist: Worklist, small_screener: Screener) -> None:
    hand_in(worklist, range(6))
    batches: list[int] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=work, args=(worklist, small_screener, 2, stop, True, batches.append))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sum(batches) == 6
    said = [line.case for line in worklist.audit.lines() if line.action in (Action.SCORED, Action.REFUSED)]
    assert sorted(said) == [1, 2, 3, 4, 5, 6]
    assert worklist.audit.verify().faults == ()


def test_a_worker_ends_whenever_it_is_closed(worklist: Worklist, small_screener: Screener) -> None:
    for _ in range(100):
        worker = Worker(worklist, lambda: small_screener, batch_size=2)
        worker.close()
        assert not worker._thread.is_alive()
