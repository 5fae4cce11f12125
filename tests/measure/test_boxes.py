import numpy as np
import pytest

from cxr.explain.gradcam import HeatMap
from cxr.measure.boxes import compare

LEFT_HALF = (0.0, 0.0, 100.0, 100.0)


def heat(*rows: list[float], shown: bool = True) -> HeatMap:
    return HeatMap(np.array(rows, dtype=np.float32), contour=0.5, shown=shown)


def test_the_hottest_cell_in_the_box_is_a_hit_and_energy_is_what_lies_inside() -> None:
    found = compare(heat([0.5, 0.1], [0.2, 0.2]), [LEFT_HALF], (200, 100))
    assert found.hit == 1
    assert found.energy == pytest.approx(0.7)
    assert found.box_area == pytest.approx(0.5)


def test_the_hottest_cell_beside_the_box_is_a_miss() -> None:
    found = compare(heat([0.1, 0.5], [0.2, 0.2]), [LEFT_HALF], (200, 100))
    assert found.hit == 0
    assert found.energy == pytest.approx(0.3)


def test_a_cell_counts_by_the_share_of_its_area_in_the_box() -> None:
    # A quarter of the left cell: 50 of its 100 columns, 50 of its 100 rows.
    found = compare(heat([0.8, 0.2]), [(0, 0, 50, 50)], (200, 100))
    assert found.energy == pytest.approx(0.8 / 4)


def test_boxes_that_overlap_count_once() -> None:
    found = compare(heat([0.8, 0.2]), [LEFT_HALF, LEFT_HALF, (0, 0, 50, 100)], (200, 100))
    assert found.energy == pytest.approx(0.8)
    assert found.box_area == pytest.approx(0.5)


def test_a_box_that_reaches_over_the_border_is_cut_there() -> None:
    found = compare(heat([0.8, 0.2]), [(-50, -20, 150, 500)], (200, 100))
    assert found.box_area == pytest.approx(0.5)


def test_of_several_hottest_cells_the_share_in_the_box_counts() -> None:
    found = compare(heat([1.0, 1.0], [1.0, 1.0]), [(0, 0, 100, 50)], (200, 100))
    assert found.hit == pytest.approx(0.25)


@pytest.mark.parametrize("unseen", [heat([0.9, 0.1], shown=False), heat([0.0, 0.0])])
def test_where_no_heat_is_shown_the_box_is_missed_and_there_is_no_energy(unseen: HeatMap) -> None:
    found = compare(unseen, [LEFT_HALF], (200, 100))
    assert (found.hit, found.energy) == (0, None)
