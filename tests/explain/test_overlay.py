import cv2
import numpy as np
import numpy.typing as npt
import pytest
from made_films import grey_level, made_film

from cxr.explain.gradcam import HeatMap
from cxr.explain.overlay import annotate, display, overlay
from cxr.explain.region import enlarge, hottest_region
from cxr.film import Film


def heat(shown: bool = True, peak: float = 1.0) -> HeatMap:
    """A hot spot in the upper right, a lesser one in the lower left."""
    values = np.zeros((14, 14), dtype=np.float32)
    values[3, 10] = peak
    values[2:5, 9:12] += 0.6 * peak
    values[10, 3] = 0.7 * peak
    return HeatMap(np.clip(values, 0, 1), 0.5, shown)


def outline(heat_map: HeatMap, height: int, width: int) -> npt.NDArray[np.float32]:
    found = hottest_region(heat_map)
    assert found
    return found.in_pixels(height, width).astype(np.float32)


def distance(points: npt.NDArray[np.float32], x: float, y: float) -> float:
    """Distance of a place from an outline, positive inside."""
    return cv2.pointPolygonTest(points, (x, y), measureDist=True)


def test_a_map_that_is_not_shown_draws_nothing() -> None:
    grey = grey_level(0, 300, 200)

    drawn = overlay(grey, heat(shown=False), opacity=1.0)

    np.testing.assert_array_equal(drawn, np.repeat(grey[:, :, None], 3, axis=2))


def test_without_opacity_only_the_contour_is_drawn() -> None:
    grey = grey_level(0, 300, 200)
    points = outline(heat(), 300, 200)

    drawn = overlay(grey, heat(), opacity=0.0)

    changed = np.argwhere((drawn != grey[:, :, None]).any(axis=2))
    assert len(changed) > 50
    assert max(abs(distance(points, x + 0.5, y + 0.5)) for y, x in changed) <= 2


def test_heat_is_drawn_where_it_is_and_the_rest_of_the_film_stays_as_it_is() -> None:
    grey = np.full((280, 280), 100, dtype=np.uint8)

    drawn = overlay(grey, heat(), opacity=0.8).astype(int)

    red, _, blue = drawn[70, 210]  # the middle of the hottest cell
    assert red > 180 and red > blue + 40
    np.testing.assert_array_equal(drawn[200:, 200:], 100)


def test_more_opacity_shows_more_heat() -> None:
    grey = np.full((280, 280), 100, dtype=np.uint8)

    reds = [overlay(grey, heat(), opacity)[70, 210, 0] for opacity in (0.0, 0.25, 0.5, 1.0)]

    assert reds == sorted(reds) and reds[0] == 100 and reds[-1] > 200


def test_a_map_under_the_visible_range_leaves_the_film_as_it_is() -> None:
    grey = grey_level(0)

    drawn = overlay(grey, heat(peak=0.05), opacity=1.0)

    np.testing.assert_array_equal(drawn, np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize("shape", [(224, 224), (700, 300), (300, 700)])
def test_an_overlay_has_the_shape_of_its_film(shape: tuple[int, int]) -> None:
    drawn = overlay(np.zeros(shape, dtype=np.uint8), heat(), opacity=0.5)

    assert drawn.shape == (*shape, 3) and drawn.dtype == np.uint8


def test_on_a_film_that_is_not_square_the_heat_keeps_its_share_of_width_and_height() -> None:
    values = enlarge(heat(), (700, 280))

    y, x = np.unravel_index(int(values.argmax()), values.shape)

    assert y == pytest.approx(3.5 / 14 * 700, abs=5)
    assert x == pytest.approx(10.5 / 14 * 280, abs=5)


def test_enlarged_values_stay_between_0_and_1() -> None:
    checkered = np.indices((14, 14)).sum(axis=0) % 2

    values = enlarge(HeatMap(checkered.astype(np.float32), 0.5, True), (500, 500))

    assert values.min() == 0 and values.max() == 1


def test_a_large_film_is_shown_smaller_and_keeps_its_aspect() -> None:
    assert display(made_film(0, 1500, 3000)).shape == (512, 1024)
    assert display(made_film(0, 300, 200)).shape == (300, 200)
    assert display(made_film(0, 300, 200), side=96).shape == (96, 64)


def test_a_film_of_16_bits_is_shown_as_the_one_of_8_bits() -> None:
    grey = grey_level(0, 300, 200)
    deep = Film(grey.astype(np.uint16) * 257, sha256="0" * 64)

    shown = display(deep)

    assert shown.dtype == np.uint8
    np.testing.assert_array_equal(shown, grey)


def test_an_exported_picture_says_what_it_is_beside_the_film_and_not_on_it() -> None:
    colours = overlay(grey_level(0, 400, 600), heat(), opacity=0.5)

    exported = annotate(colours, "urgent 0.91 cxr-child-01234567")

    height = exported.shape[0]
    assert height > 400 and exported.shape[1:] == (600, 3)
    np.testing.assert_array_equal(exported[:400], colours)
    strip = exported[400:].max(axis=(1, 2))
    upper, lower = np.array_split(strip, 2)
    assert upper.max() > 200 and lower.max() > 200  # a line of words in each half


def test_the_words_under_a_small_film_are_whole() -> None:
    line = "Not scored, probability over 99 %, model cxr-child-01234567"
    small = annotate(overlay(grey_level(0, 128, 128), heat(), opacity=0.5), line)
    wide = annotate(overlay(grey_level(0, 128, 528), heat(), opacity=0.5), line)
    np.testing.assert_array_equal(small[128:], wide[128:, : small.shape[1]])
    assert wide[128:, small.shape[1] :].max() == 0
