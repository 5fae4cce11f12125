"""A film without its outlined region: what the score falls by when that is blanked."""

import numpy as np
import numpy.typing as npt

from cxr.explain.gradcam import HeatMap
from cxr.explain.place import lungs_of
from cxr.explain.region import hottest_region

Grey = npt.NDArray[np.uint8]


def blank(grey: Grey, heat: HeatMap) -> Grey | None:
    """Cover the outlined region with the median of the rest of the lungs; of the film, if these are unknown.

    Filling it in smoothly from its border would often continue the opacity that it lies in: measured, the
    median tells the region from other places in the lungs more often (docs/model.md).

    Parameters
    ----------
    grey
        Grey levels, shape (height, width).

    Returns
    -------
    New grey levels of that shape; None where nothing is outlined.
    """
    if (region := hottest_region(heat)) is None:
        return None
    covered = region.covered(*grey.shape)
    lungs = lungs_of(heat, *grey.shape)
    rest = ~covered if lungs is None or not (lungs & ~covered).any() else lungs & ~covered
    blanked = grey.copy()
    blanked[covered] = np.median(grey[rest]) if rest.any() else 0
    return blanked
