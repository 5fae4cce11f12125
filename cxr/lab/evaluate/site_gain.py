"""What a site profile gains: fitted on a few films of a hospital, measured on the others of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.measure.groups import scored_films
from cxr.measure.metrics import Scored, sensitivity, specificity
from cxr.measure.operating_points import NotSeparableError, fit_operating_points
from cxr.measure.screened import ScreenedFilm
from cxr.model.estimate import Estimate

COUNTS = (50, 100, 200)
REPEATS = 200


@dataclass(frozen=True, slots=True)
class Gain:
    """Sensitivity and specificity at the low point with a profile of so many films; 0: the bundle's own."""

    films: int
    sensitivity: Estimate
    specificity: Estimate

    @property
    def row(self) -> tuple[object, ...]:
        """The cells of a row."""
        return self.films or "none", self.sensitivity, self.specificity


def site_gain(films: Sequence[ScreenedFilm], repeats: int = REPEATS, seed: int = 0) -> Iterator[Gain]:
    """Draw local films, half of them with pneumonia, fit the low point on them, and measure all others.

    Numbers of films for which the hospital has too few are left out.

    Parameters
    ----------
    films
        Of one hospital and population that the bundle was not trained on.
    """
    scored, reached = scored_films(films)
    by_label = [np.flatnonzero(scored.positive == label) for label in (True, False)]
    yield Gain(
        0,
        _spread([sensitivity(reached >= 1, scored.positive)]),
        _spread([specificity(reached >= 1, scored.positive)]),
    )
    random = np.random.default_rng(seed)
    for count in COUNTS:
        if min(map(len, by_label)) < count:
            return
        found = []
        for _ in range(repeats):
            local = np.concatenate([random.permutation(some)[: count // 2] for some in by_label])
            taken = {scored.patient[place] for place in local}
            others = np.array([i for i, one in enumerate(scored.patient) if one not in taken], dtype=np.intp)
            try:
                low = _low_point(scored, local)
            except NotSeparableError:
                continue
            above, positive = scored.probability[others] >= low, scored.positive[others]
            found.append((sensitivity(above, positive), specificity(above, positive)))
        if found:
            yield Gain(count, *(_spread(column) for column in zip(*found, strict=True)))


def _low_point(scored: Scored, places: npt.NDArray[np.intp]) -> float:
    """Fit on some of the films. Calibration keeps their order, and so the films that the point divides."""
    some = Scored(scored.probability[places], scored.positive[places], [scored.patient[i] for i in places])
    return fit_operating_points(some).low


def _spread(values: Sequence[float]) -> Estimate:
    """Give the mean over the draws, and the range that 95 in 100 of them lie in."""
    low, high = np.quantile(values, (0.025, 0.975))
    return Estimate(value=float(np.mean(values)), low=float(low), high=float(high))
