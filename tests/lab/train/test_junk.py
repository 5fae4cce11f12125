import numpy as np
import pytest
from made_films import grey_level

from cxr.lab.train.junk import TURNED, UNLIKE, Maker, cropped, inverted, rotated, several, upside_down

FILM = grey_level(0)
MAKERS = (*TURNED.values(), *UNLIKE)


def made(maker: Maker, seed: int = 0) -> np.ndarray:
    return maker(FILM, np.random.default_rng(seed))


@pytest.mark.parametrize("maker", MAKERS)
def test_junk_has_the_shape_of_a_film_and_comes_by_seed(maker: Maker) -> None:
    for seed in range(12):
        junk = made(maker, seed)
        assert junk.shape == FILM.shape and junk.dtype == np.uint8
        np.testing.assert_array_equal(junk, made(maker, seed))
        assert np.abs(junk.astype(int) - FILM).mean() > 5


@pytest.mark.parametrize("maker", MAKERS)
def test_the_film_itself_stays_as_it_is(maker: Maker) -> None:
    before = FILM.copy()
    made(maker)
    np.testing.assert_array_equal(FILM, before)


def test_an_inverted_film_turned_round_is_the_film() -> None:
    random = np.random.default_rng(0)
    np.testing.assert_array_equal(inverted(inverted(FILM, random), random), FILM)


def test_upside_down_puts_the_bottom_on_top() -> None:
    np.testing.assert_array_equal(np.sort(made(upside_down)[0]), np.sort(FILM[-1]))


def test_a_turned_film_is_never_nearly_upright() -> None:
    def likeness(junk: np.ndarray) -> float:
        return float(np.corrcoef(junk.ravel(), FILM.ravel())[0, 1])

    assert max(likeness(made(rotated, seed)) for seed in range(30)) < 0.8


def test_a_crop_leaves_out_much_of_a_side() -> None:
    ramp = np.tile(np.linspace(0, 255, 224, dtype=np.uint8), (224, 1))
    for seed in range(30):
        random = np.random.default_rng(seed)
        across = np.ptp(cropped(ramp, random).astype(int))
        down = np.ptp(cropped(ramp.T.copy(), np.random.default_rng(seed)).astype(int))
        assert min(across, down) < 0.65 * 255


def test_a_page_of_several_films_shows_each() -> None:
    black, white = np.zeros_like(FILM), np.full_like(FILM, 255)
    for seed in range(20):
        page = several(black, [white], np.random.default_rng(seed))
        assert 0.2 < (page > 127).mean() < 0.8
