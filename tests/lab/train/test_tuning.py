import copy
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from lab.train.synthetic_films import film_set
from made_films import scale_to_films

from cxr.evidence.label import Label
from cxr.explain.gradcam import grad_cam
from cxr.film import Population
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.tuning import calibrated_loss, predict, some_of_each, tune
from cxr.measure.labels import Box
from cxr.measure.operating_points import fit_calibration
from cxr.model.card import Preprocessing
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input

PREPROCESSING = Preprocessing(size=64, slope_limit=4.0)
FILMS = film_set(24)
ADULTS = FILMS.take(range(10, 24))
SIDE = 128
WHOLE: Box = (0, 0, SIDE, SIDE)


def mislabelled(films: FilmSet) -> FilmSet:
    """The fourth film is called normal, which it does not look like."""
    of_films = list(films.films)
    of_films[3] = replace(of_films[3], label=Label.NORMAL)
    return replace(films, films=tuple(of_films))


CHILDREN = mislabelled(FILMS.take(range(10)))


def of_both_hospitals(adults: FilmSet = ADULTS) -> FilmSet:
    films = tuple(replace(film, population=Population.ADULT, source="west") for film in adults.films)
    pixels = np.concatenate([CHILDREN.resized, adults.resized])
    return FilmSet(CHILDREN.films + films, pixels, "made")


def with_boxes(films: FilmSet, boxes: Sequence[tuple[Box, ...]]) -> FilmSet:
    boxed = tuple(replace(film, boxes=of_film) for film, of_film in zip(films.films, boxes, strict=True))
    return replace(films, films=boxed)


@pytest.fixture(scope="module")
def network() -> CxrNet:
    """A network with random weights, but that every feature speaks for pneumonia: each film has heat."""
    torch.manual_seed(1)
    made = CxrNet(hidden=8)
    scale_to_films(made, to_input(FILMS.resized, PREPROCESSING))
    with torch.no_grad():
        for weight in made.head.parameters():
            weight.abs_()
    return made.eval()


def cells_of(network: CxrNet, films: FilmSet, *, hottest: bool) -> list[tuple[Box, ...]]:
    """A box around the hottest cell of each film's map, or around the coldest."""
    _, cams = predict(network, films, PREPROCESSING)
    step = SIDE / cams.shape[1]
    places = [np.unravel_index((cam if hottest else -cam).argmax(), cam.shape) for cam in cams]
    return [((column * step, row * step, step, step),) for row, column in places]


def test_logits_and_maps_are_those_that_are_served_however_many_films_a_batch(network: CxrNet) -> None:
    logits, cams = predict(network, FILMS, PREPROCESSING, batch_size=7)
    served = Engine(network, PREPROCESSING).run(FILMS.resized)
    np.testing.assert_allclose(logits, served.logits, atol=1e-4)
    np.testing.assert_allclose(cams, grad_cam(served), atol=1e-5)
    assert logits.dtype == np.float64


def test_each_hospital_has_the_same_say_in_the_loss_however_many_its_films(network: CxrNet) -> None:
    children, adults, both = (
        tune(network, films, PREPROCESSING) for films in (CHILDREN, ADULTS, of_both_hospitals())
    )
    assert both.loss == pytest.approx((children.loss + adults.loss) / 2, rel=1e-3)
    assert children.loss > 2 * adults.loss
    assert children.auroc["east"] < adults.auroc["east"]
    assert both.auroc == {"east": children.auroc["east"], "west": adults.auroc["east"]}


def test_a_source_of_one_label_says_nothing(network: CxrNet) -> None:
    tuned = tune(network, of_both_hospitals(ADULTS.take(range(0, 14, 2))), PREPROCESSING)
    assert tuned.auroc.keys() == {"east"}
    assert math.isfinite(tuned.loss)


def test_boxes_around_the_hottest_cells_are_all_hit_and_others_none(network: CxrNet) -> None:
    _, cams = predict(network, FILMS, PREPROCESSING)
    hit, missed = (
        tune(network, with_boxes(FILMS, cells_of(network, FILMS, hottest=hottest)), PREPROCESSING)
        for hottest in (True, False)
    )
    assert (hit.hit_rate, missed.hit_rate) == (1, 0)
    share = cams.reshape(len(cams), -1) / cams.sum(axis=(1, 2))[:, None]
    assert hit.energy_in_box == pytest.approx(share.max(axis=1).mean(), rel=1e-5)
    assert missed.energy_in_box == pytest.approx(share.min(axis=1).mean(), rel=1e-5, abs=1e-9)


def test_only_films_with_boxes_say_where_the_heat_lies(network: CxrNet) -> None:
    boxes: list[tuple[Box, ...]] = [()] * 24
    assert math.isnan(tune(network, FILMS, PREPROCESSING).hit_rate)
    assert math.isnan(tune(network, FILMS, PREPROCESSING).energy_in_box)
    boxes[3] = (WHOLE,)
    tuned = tune(network, with_boxes(FILMS, boxes), PREPROCESSING)
    assert (tuned.hit_rate, tuned.energy_in_box) == (1, pytest.approx(1))


def test_a_film_without_heat_is_a_miss(network: CxrNet) -> None:
    cold = copy.deepcopy(network)
    with torch.no_grad():
        cold.head[-1].weight.neg_()
    tuned = tune(cold, with_boxes(FILMS, [(WHOLE,)] * 24), PREPROCESSING)
    assert tuned.hit_rate == 0
    assert math.isnan(tuned.energy_in_box)


def test_the_loss_that_chooses_the_epoch_does_not_change_with_the_size_of_the_logits() -> None:
    logits = np.random.default_rng(0).normal(size=400) + (np.arange(400) % 2)
    positive = np.arange(400) % 2 == 1
    assert calibrated_loss(10 * logits + 3, positive) == pytest.approx(
        calibrated_loss(logits, positive), rel=1e-3
    )


def test_both_labels_have_the_same_say_in_the_loss_however_rare() -> None:
    random = np.random.default_rng(0)
    positive = np.arange(4000) < 200
    logits = random.normal(size=4000) + 2 * positive
    calibration = fit_calibration(logits, positive)
    calibrated = calibration.slope * logits + calibration.intercept
    of_positives = np.log1p(np.exp(-calibrated[positive])).mean()
    of_negatives = np.log1p(np.exp(calibrated[~positive])).mean()
    assert calibrated_loss(logits, positive) == pytest.approx((of_positives + of_negatives) / 2)
    assert of_positives > 5 * of_negatives


def test_logits_that_rank_the_labels_the_wrong_way_round_are_never_the_best() -> None:
    positive = np.array([True, False, True, False])
    assert calibrated_loss(np.array([-1.0, 1.0, -2.0, 2.0]), positive) == np.inf


def test_some_of_each_keeps_so_many_films_of_each_source_and_label() -> None:
    kept = some_of_each(of_both_hospitals(), 3)

    assert Counter((film.source, film.label) for film in kept.films) == {
        (source, label): 3 for source in ("east", "west") for label in (Label.NORMAL, Label.PNEUMONIA)
    }
