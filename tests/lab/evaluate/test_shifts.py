import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_films import grey_level, made_film

from cxr.evidence.stress import ShiftName
from cxr.film import Film, Population
from cxr.lab.evaluate.shifts import SEVERITIES, SHIFTS, Shift
from cxr.model.preprocess import resize

N = ShiftName


def softly(seed: int = 0, side: int = 224) -> np.ndarray:
    """A cloud that leaves room at both ends of the grey scale."""
    return (40 + grey_level(seed, side, side) * (170 / 255)).astype(np.uint8)


def change(name: ShiftName, severity: int, pixels: np.ndarray, seed: int = 0) -> float:
    """Mean change of grey, in levels of 255."""
    return float(np.abs(Shift(name, severity).pixels(pixels, seed).astype(float) - pixels).mean())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SHIFTS),
    st.integers(128, 300),
    st.integers(128, 300),
    st.sampled_from([np.uint8, np.uint16]),
    st.integers(0, 2**32 - 1),
)
def test_size_and_depth_stay_and_the_film_handed_in_is_not_touched(
    shift: Shift, height: int, width: int, depth: type, seed: int
) -> None:
    pixels = grey_level(1, height, width).astype(depth)
    pixels.flags.writeable = False
    shifted = shift.pixels(pixels, seed)
    assert (shifted.shape, shifted.dtype) == (pixels.shape, pixels.dtype)
    assert np.array_equal(shifted, shift.pixels(pixels, seed))


@pytest.mark.parametrize("name", ShiftName)
def test_no_severity_leaves_the_film_as_it_is(name: ShiftName) -> None:
    pixels = softly()
    assert Shift(name, 0).pixels(pixels) is pixels
    assert Shift(name, 0).strength is None


@pytest.mark.parametrize("name", ShiftName)
@pytest.mark.parametrize("seed", [0, 1])
def test_each_severity_changes_more_than_the_one_before(name: ShiftName, seed: int) -> None:
    small, medium, large = (change(name, severity, softly(seed), seed) for severity in SEVERITIES)
    assert 0 < small < medium < large


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: f"{shift.name}-{shift.severity}")
def test_films_of_8_and_of_16_bits_are_shifted_alike(shift: Shift) -> None:
    pixels = softly()
    shifted, deep = shift.pixels(pixels, 3), shift.pixels(pixels.astype(np.uint16) * 257, 3)
    assert np.abs(deep / 257 - shifted).max() <= 0.51


@pytest.mark.parametrize("name", [N.BLUR, N.NOISE, N.MARKER, N.BORDER, N.DOWNSCALE, N.ROTATION])
def test_a_large_film_is_hit_as_hard_as_a_small_one(name: ShiftName) -> None:
    small, large = softly(side=224), softly(side=896)
    shifted = resize(Film(Shift(name, 3).pixels(large), sha256=""), 224)
    at_large = np.abs(shifted.astype(float) - resize(Film(large, sha256=""), 224)).mean()
    # Making a film small takes away some of the finest grain.
    assert at_large == pytest.approx(change(name, 3, small), rel=0.45 if name is N.NOISE else 0.2)


def test_names_say_which_way_grey_levels_go() -> None:
    pixels = softly()

    def shifted(name: ShiftName) -> np.ndarray:
        return Shift(name, 2).pixels(pixels)

    assert shifted(N.GAMMA_DARK).mean() < pixels.mean() < shifted(N.GAMMA_BRIGHT).mean()
    assert shifted(N.DARKER).mean() < pixels.mean() < shifted(N.BRIGHTER).mean()
    assert shifted(N.CONTRAST_DOWN).std() < pixels.std() < shifted(N.CONTRAST_UP).std()
    assert shifted(N.CONTRAST_DOWN).mean() == pytest.approx(pixels.mean(), abs=0.5)


def test_a_border_is_black_and_leaves_what_is_inside() -> None:
    pixels = softly()
    shifted = Shift(N.BORDER, 2).pixels(pixels)
    inside = (slice(18, -18),) * 2
    assert np.array_equal(shifted[inside], pixels[inside])
    assert shifted.sum(dtype=int) == pixels[inside].sum(dtype=int)


@pytest.mark.parametrize("seed", range(8))
def test_a_marker_is_white_and_stands_in_one_corner(seed: int) -> None:
    pixels = softly()
    shifted = Shift(N.MARKER, 3).pixels(pixels, seed)
    rows, columns = np.nonzero(shifted != pixels)
    assert (shifted >= pixels).all() and shifted.max() == 255
    assert max(rows) < 112 or min(rows) > 112
    assert max(columns) < 112 or min(columns) > 112


def test_markers_stand_in_every_corner_and_films_turn_both_ways() -> None:
    pixels = np.full((224, 224), 100, dtype=np.uint8)
    corners = {
        tuple((np.argwhere(Shift(N.MARKER, 1).pixels(pixels, seed) > 200).mean(axis=0) > 112).tolist())
        for seed in range(40)
    }
    turned = {Shift(N.ROTATION, 1).pixels(softly(), seed).tobytes() for seed in range(10)}
    assert len(corners) == 4
    assert len(turned) == 2


def test_a_film_keeps_its_header_and_draws_by_its_own_content() -> None:
    film = made_film(5, population=Population.ADULT, age_years=40.0)
    same_pixels = Film(film.pixels, sha256="0123456789abcdef")
    shifted = Shift(N.NOISE, 2).film(film)
    assert (shifted.sha256, shifted.population, shifted.age_years) == (film.sha256, Population.ADULT, 40.0)
    assert np.array_equal(shifted.pixels, Shift(N.NOISE, 2).film(film).pixels)
    assert not np.array_equal(shifted.pixels, Shift(N.NOISE, 2).film(same_pixels).pixels)


def test_every_shift_is_there_at_three_severities() -> None:
    assert len(SHIFTS) == 3 * len(ShiftName)
    with pytest.raises(ValueError, match="severity of blur is 4"):
        Shift(N.BLUR, 4)
