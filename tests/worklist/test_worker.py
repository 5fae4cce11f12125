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
from waiting import PATIENCE
from worklist.waiting_films import CHILD, add_films, cases, layer_by_layer

from cxr.film import read_film
from cxr.model.bundle import load_bundle
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import State
from cxr.worklist.queue.worker import score_waiting, thumbnail, work
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


def marked_png() -> bytes:
    """A film with a white corner, at which `failing_screener` fails."""
    pixels = grey_level(0) // 2
    pixels[:32, :32] = 255
    return picture_file(Image.fromarray(pixels), "PNG")


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
        good += add_films(worklist, range(seed, seed + 1))
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
    add_films(worklist, range(3))
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
    add_films(worklist, range(1))
    bad = worklist.intake.accept("marked.png", marked_png(), CHILD, "Ada").number
    add_films(worklist, range(1, 2))

    with caplog.at_level(logging.DEBUG):
        assert score_waiting(worklist, failing_screener, batch_size=10, worker="worker 1") == 3

    flags = {case.number: case.flag for case in cases(worklist)}
    assert flags.pop(bad) is Flag.REFUSED
    assert len(flags) == 2 and None not in flags.values() and Flag.REFUSED not in flags.values()
    case = worklist.ranked.case(bad)
    assert case and [reason.code for reason in case.reasons] == ["failed"]
    assert caplog.messages == ["Screening a film failed with ArithmeticError."]


def test_a_film_whose_file_has_gone_is_refused(worklist: Worklist, small_screener: Screener) -> None:
    add_films(worklist, range(1))
    (case,) = cases(worklist)
    worklist.film_path(case).unlink()

    score_waiting(worklist, small_screener, batch_size=1, worker="worker 1")

    (case,) = cases(worklist)
    assert case.flag is Flag.REFUSED and case.reasons[0].code == "not_found"


def test_a_thumbnail_is_a_small_grey_jpeg_that_keeps_the_aspect() -> None:
    image = Image.open(io.BytesIO(thumbnail(made_film(0, 300, 600))))

    assert (image.format, image.mode, image.size) == ("JPEG", "L", (96, 48))
    assert not image.getexif()


def test_a_batch_that_fails_is_given_back(
    worklist: Worklist, small_screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise MemoryError

    add_films(worklist, range(2))
    with monkeypatch.context() as broken, pytest.raises(MemoryError):
        broken.setattr(Screener, "screen", break_down)
        score_waiting(worklist, small_screener, 2, "worker 1")

    assert score_waiting(worklist, small_screener, 2, "worker 2") == 2


def test_workers_side_by_side_score_every_film_once(worklist: Worklist, small_screener: Screener) -> None:
    add_films(worklist, range(6))
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
