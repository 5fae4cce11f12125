"""The outlined region covered with the grey of the lungs, and nothing else of the film."""

import numpy as np

from cxr.explain.blanking import blank
from cxr.explain.gradcam import HeatMap
from cxr.explain.region import hottest_region

LUNGS = np.zeros((14, 14), np.float32)
LUNGS[1:13, 2:6] = LUNGS[1:13, 8:12] = 1
SIDE = 224


def heat(lungs: np.ndarray | None = LUNGS, shown: bool = True) -> HeatMap:
    values = np.zeros((14, 14), np.float32)
    values[8:11, 3:5] = 0.9
    return HeatMap(values, 0.5, shown, lungs)


def film() -> np.ndarray:
    """Lungs of 80 with an opacity of 200 in the right one, in a body of 150."""
    grey = np.full((SIDE, SIDE), 150, np.uint8)
    grey[np.kron(LUNGS, np.ones((16, 16))) > 0] = 80
    grey[8 * 16 : 11 * 16, 3 * 16 : 5 * 16] = 200
    return grey


def test_the_region_takes_the_grey_of_the_lungs_and_the_rest_stays() -> None:
    before = film()
    grey = before.copy()

    blanked = blank(grey, heat())

    region = hottest_region(heat())
    assert region and blanked is not None
    covered = region.covered(SIDE, SIDE)
    assert 0.02 < covered.mean() < 0.06 and before[covered].max() == 200
    assert set(blanked[covered]) == {80}
    assert (blanked[~covered] == before[~covered]).all()
    assert (grey == before).all()  # the film itself is left as it is


def test_where_the_lungs_are_not_known_it_takes_the_grey_of_the_film() -> None:
    blanked = blank(film(), heat(lungs=None))

    assert blanked is not None and blanked[9 * 16 + 8, 4 * 16] == 150


def test_nothing_is_blanked_where_nothing_is_outlined() -> None:
    assert blank(film(), heat(shown=False)) is None
