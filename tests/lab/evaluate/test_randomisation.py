import numpy as np
import pytest
import torch
from lab.evaluate.synthetic_clinic import Clinic, random_bundle
from scipy.stats import spearmanr

from cxr.film import read_film
from cxr.lab.evaluate.randomisation import (
    DRAWS,
    LAST_STAGE,
    RandomPart,
    randomise,
    randomised,
    rank_correlation,
    similarity,
)
from cxr.measure.labels import LabelledFilm
from cxr.model.bundle import Bundle
from cxr.model.preprocess import resize

MAPS = np.random.default_rng(0).random((5, 6, 6)).astype(np.float32)
OTHERS = np.random.default_rng(1).random((5, 6, 6)).astype(np.float32)
EVEN = np.zeros_like(MAPS)


def test_rank_correlation_is_scipy_s_film_by_film() -> None:
    expected = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(MAPS, OTHERS, strict=True)]
    assert rank_correlation(MAPS, OTHERS) == pytest.approx(expected)


def test_maps_are_like_themselves_unlike_their_opposites_and_not_comparable_to_nothing() -> None:
    assert rank_correlation(MAPS, MAPS**3) == pytest.approx([1] * 5)
    assert rank_correlation(MAPS, 1 - MAPS) == pytest.approx([-1] * 5)
    assert rank_correlation(MAPS, EVEN).tolist() == [0] * 5
    assert similarity(MAPS, 7 * MAPS) == pytest.approx([1] * 5)
    assert (similarity(MAPS, OTHERS) < 0.5).all()
    assert (similarity(MAPS, EVEN) < 0.5).all()


@pytest.fixture(scope="module")
def films(clinic: Clinic) -> list[LabelledFilm]:
    return [film for film in clinic.films if film.positive and "broken" not in film.path.name]


@pytest.fixture(scope="module")
def resized(films: list[LabelledFilm]) -> np.ndarray:
    return np.stack([resize(read_film(film.path), 64) for film in films])


@pytest.fixture(scope="module")
def bundle(films: list[LabelledFilm]) -> Bundle:
    return random_bundle([film.path for film in films])


@pytest.mark.parametrize("part", RandomPart)
def test_only_the_part_is_random_and_the_network_itself_stays(
    bundle: Bundle, resized: np.ndarray, part: RandomPart
) -> None:
    before = {name: tensor.clone() for name, tensor in bundle.network.state_dict().items()}
    drawn = randomised(bundle.network, part, resized, bundle.card.preprocessing, seed=1).state_dict()
    assert all(torch.equal(tensor, before[name]) for name, tensor in bundle.network.state_dict().items())
    changed = {name for name, tensor in drawn.items() if not torch.equal(tensor, before[name])}
    blocks = {int(name.split(".")[1]) for name in changed if name.startswith("trunk")}
    first = {
        RandomPart.HEAD: 19,
        RandomPart.HEAD_AND_LAST_STAGE: LAST_STAGE["mobilenet_v2"],
        RandomPart.EVERYTHING: 0,
    }[part]
    assert blocks == set(range(first, 19))
    assert {name for name in changed if name.startswith("head")} == {
        f"head.{layer}.{kind}" for layer in (0, 3) for kind in ("weight", "bias")
    }


def test_a_draw_is_the_same_for_the_same_seed_and_leaves_torch_s_own_draws_alone(
    bundle: Bundle, resized: np.ndarray
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (
        randomised(bundle.network, RandomPart.HEAD, resized, bundle.card.preprocessing, seed).head[0].weight
        for seed in (1, 1, 2)
    )
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_random_weights_are_held_against_the_true_maps_and_every_pass_is_counted(
    bundle: Bundle, resized: np.ndarray, films: list[LabelledFilm]
) -> None:
    counted: list[int] = []
    found = randomise(films, resized, bundle.network, bundle.card.preprocessing, counted.append, repeats=50)
    assert [part.part for part in found.parts] == list(RandomPart)
    assert 0 < found.films == found.patients <= len(films)
    assert sum(counted) == len(films) * (1 + len(RandomPart) * DRAWS)
    for likeness in (found.other_films, *(part.likeness for part in found.parts)):
        assert likeness.rank_correlation and likeness.absolute_correlation and likeness.similarity
        assert abs(likeness.rank_correlation.value) <= likeness.absolute_correlation.value < 1
        assert likeness.negligible == (likeness.absolute_correlation.value < 0.3)
