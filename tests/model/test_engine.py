from pathlib import Path

import numpy as np
import pytest
import torch
from made_films import grey_levels

from cxr.model.bundle import Bundle, load_bundle
from cxr.model.engine import Activation, Engine
from cxr.model.preprocess import to_input

FILMS = grey_levels(4)


@pytest.fixture(scope="module")
def small(small_bundle: Path) -> Bundle:
    return load_bundle(small_bundle)


@pytest.fixture(scope="module")
def engine(small: Bundle) -> Engine:
    return Engine(small.network, small.card.preprocessing)


@pytest.fixture(scope="module")
def activation(engine: Engine) -> Activation:
    return engine.run(FILMS)


def test_what_comes_out_has_one_row_a_film(activation: Activation) -> None:
    assert activation.maps.shape == (4, 1280, 14, 14)
    assert activation.pooled.shape == activation.gradient.shape == (4, 1280)
    assert activation.logits.shape == (4,)
    np.testing.assert_allclose(activation.pooled, activation.maps.mean(axis=(2, 3)), atol=1e-5)


def test_logits_are_those_of_the_network(small: Bundle, activation: Activation) -> None:
    with torch.no_grad():
        logits = small.network(to_input(FILMS, small.card.preprocessing)).numpy()

    np.testing.assert_allclose(activation.logits, logits, atol=1e-5)
    assert np.ptp(logits) > 1e-3  # the films differ, so equal numbers mean something


def test_films_lie_channels_last_through_the_whole_trunk(small: Bundle) -> None:
    """In the other layout a film takes 1.3 times as long, and a step of training 1.5 times."""
    with torch.no_grad():
        maps = small.network.trunk(to_input(FILMS, small.card.preprocessing))

    assert maps.stride() == (14 * 14 * 1280, 1, 14 * 1280, 1280)


def test_the_gradient_is_the_one_that_autograd_takes_through_the_network(
    small: Bundle, activation: Activation
) -> None:
    films = to_input(FILMS, small.card.preprocessing).requires_grad_(True)
    kept = []
    hook = small.network.trunk.register_forward_hook(lambda _layer, _input, maps: kept.append(maps))
    logits = small.network(films)
    hook.remove()
    (by_maps,) = torch.autograd.grad(logits.sum(), kept)

    # Each cell of a map is one of 14 * 14 that are averaged.
    expected = np.broadcast_to(activation.gradient[:, :, None, None] / 196, by_maps.shape)
    np.testing.assert_allclose(by_maps.numpy(), expected, rtol=1e-4, atol=1e-8)
    assert np.abs(activation.gradient).max() > 1e-3


def test_a_film_scores_alone_as_it_does_among_others(engine: Engine, activation: Activation) -> None:
    alone = [engine.run(FILMS[i : i + 1]) for i in range(len(FILMS))]

    np.testing.assert_allclose(np.concatenate([a.logits for a in alone]), activation.logits, atol=1e-4)
    np.testing.assert_allclose(np.concatenate([a.maps for a in alone]), activation.maps, atol=1e-3)


def test_scoring_twice_gives_the_same_bits(engine: Engine, activation: Activation) -> None:
    again = engine.run(FILMS)

    np.testing.assert_array_equal(again.logits, activation.logits)
    np.testing.assert_array_equal(again.gradient, activation.gradient)
