"""How well a quality head refuses what it must and accepts what it may, on pictures new to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from cxr.evidence.quality_evidence import Kind, QualityEvidence
from cxr.film import Population
from cxr.lab.train.quality_examples import Array, Examples
from cxr.lab.train.quality_head import refused
from cxr.model.estimate import Estimate
from cxr.quality.head import QualityHead

FitQualityHead = Callable[[Sequence[Examples]], QualityHead]
"""Fit a quality head on junk, with films and tuning patients given."""


@dataclass(frozen=True, slots=True, eq=False)
class Junk:
    """Junk to fit on, other junk of the same kinds to measure on, and all real junk together."""

    fitted: tuple[Examples, ...]
    measured: tuple[Examples, ...]
    whole: tuple[Examples, ...]


def measure_quality_head(
    head: QualityHead, fit: FitQualityHead, junk: Junk, holdout: dict[Population, Array]
) -> QualityEvidence:
    """Measure a quality head, and heads that were fitted without one kind on that kind.

    A kind that is left out is left out altogether: it is measured on all of its real pictures.

    Parameters
    ----------
    holdout
        Features of held-out patients' films by population.
    """
    whole = {one.kind: one for one in junk.whole}
    left_out = []
    for kind in dict.fromkeys(one.kind for one in junk.fitted):
        without = fit([one for one in junk.fitted if one.kind != kind])
        pictures = whole.get(kind) or next(one for one in junk.measured if one.kind == kind)
        left_out.append(_kind(pictures, without, seen=False))
    return QualityEvidence(
        kinds=tuple(_kind(one, head, seen=True) for one in junk.measured),
        false_refusals={
            population: share_of(refused(features, head)) for population, features in holdout.items()
        },
        left_out=tuple(left_out),
    )


def share_of(hits: npt.NDArray[np.bool_]) -> Estimate:
    """Share of hits with its 95 % interval (Clopper and Pearson, 1934)."""
    interval = binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95, method="exact")
    return Estimate(value=float(hits.mean()), low=float(interval.low), high=float(interval.high))


def _kind(pictures: Examples, head: QualityHead, seen: bool) -> Kind:
    return Kind(pictures.kind, seen, len(pictures.features), share_of(refused(pictures.features, head)))
