import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr.explain.gradcam import HeatMap
from cxr.explain.overlay import overlay
from cxr.explain.region import NO_REGION, NOTHING_DRAWN, OUTLINED, caption, enlarge, hottest_region

SIDE = 1400


def random_heat(seed: int, level: float, highest: float = 1.0) -> HeatMap:
    cells = np.random.default_rng(seed).random((14, 14)) ** 3 * highest
    return HeatMap(cells.astype(np.float32), level, True)


def one_cell(peak: float, level: float) -> HeatMap:
    values = np.zeros((14, 14), np.float32)
    values[3, 10] = peak
    return HeatMap(values, level, True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_the_hottest_region_holds_the_maximum_and_lies_within_its_level(seed: int, level: float) -> None:
    heat = random_heat(seed, level)
    region = hottest_region(heat)
    values = enlarge(heat, (SIDE, SIDE))

    if region is None:
        assert values.max() < level + 0.01
        return
    points = region.in_pixels(SIDE, SIDE)
    inside = cv2.fillPoly(np.zeros((SIDE, SIDE), np.uint8), [np.rint(points).astype(np.int32)], 1) > 0
    assert values[inside].max() >= values.max() - 0.01
    along = values[points[:, 1].astype(int).clip(0, SIDE - 1), points[:, 0].astype(int).clip(0, SIDE - 1)]
    assert along.min() >= level - 0.05


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.2), st.sampled_from([(224, 224), (700, 300), (1024, 860)]))
def test_the_caption_says_outlined_exactly_where_an_outline_is_drawn(
    seed: int, highest: float, shape: tuple[int, int]
) -> None:
    heat = random_heat(seed, 0.5, highest)

    drawn = overlay(np.zeros(shape, np.uint8), heat, opacity=0.0)

    has_outline = bool(drawn.any())
    assert (caption(heat) == OUTLINED) == has_outline
    assert (caption(heat) == NO_REGION) == (not has_outline)


def test_a_map_that_is_not_shown_has_no_region_and_says_that_nothing_is_drawn() -> None:
    routine = HeatMap(np.ones((14, 14), np.float32), 0.5, False)

    assert hottest_region(routine) is None
    assert caption(routine) == NOTHING_DRAWN


def test_the_hottest_region_leaves_out_the_lesser_spot() -> None:
    heat = one_cell(1.0, 0.5)
    cells: npt.NDArray[np.float32] = heat.values.copy()
    cells[10, 3] = 0.7
    region = hottest_region(HeatMap(cells, 0.5, True))

    assert region
    points = region.in_pixels(280, 280).astype(np.float32)
    assert cv2.pointPolygonTest(points, (210, 70), False) > 0
    assert cv2.pointPolygonTest(points, (70, 210), False) < 0


@pytest.mark.parametrize(("level", "found"), [(0.41, False), (0.4, True)])
def test_a_region_begins_at_its_level(level: float, found: bool) -> None:
    even = HeatMap(np.full((14, 14), 0.4, np.float32), level, True)

    assert (hottest_region(even) is not None) == found
