"""The fixed films on which a faster way of computing must say what the exact one says."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from cxr.film.read import decode_film
from cxr.model.preprocess import side_wanted, squash
from cxr.samples import sample_paths

SHARES = (0.25, 0.5, 0.75)


def check_films(size: int) -> npt.NDArray[np.uint8]:
    """Squash the composites and blends of each two of them, shape (films, size, size).

    Healthy ones blended with sick ones lie between the operating points and near to them, where a flag
    changes most easily.
    """
    samples = [squash(decode_film(path, side_wanted(size)), size) for path in sample_paths()]
    blends = [
        np.round(one * share + other * (1 - share)).astype(np.uint8)
        for one, other in combinations(samples, 2)
        for share in SHARES
    ]
    return np.stack([*samples, *blends])
