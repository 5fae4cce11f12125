"""How well a gate refuses what it must and admits what it may, on pictures that it was not fitted on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from cxr.evidence.gate_evidence import GateEvidence, Kind
from cxr.film import Population
from cxr.lab.train.gate_examples import Array, Examples
from cxr.lab.train.gate_head import refused
from cxr.model.estimate import Estimate
from cxr.quality.head import GateHead

FitGate = Callable[[Sequence[Examples]], GateHead]
"""Fit a gate on junk, with films and tuning patients given."""


@dataclass(frozen=True, slots=True, eq=False)
class Junk:
    """Junk to fit on, other junk of the same kinds to measure on, and all real junk together."""

    fitted: tuple[Examples, ...]
    measured: tuple[Examples, ...]
    whole: tuple[Examples, ...]


def measure_gate(head: GateHead, fit: FitGate, junk: Junk, holdout: dict[Population, Array]) -> GateEvidence:
    """Measure a gate, and gates that were fitted without one kind on that kind.

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
    return GateEvidence(
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


def _kind(pictures: Examples, head: GateHead, seen: bool) -> Kind:
    return Kind(pictures.kind, seen, len(pictures.features), share_of(refused(pictures.features, head)))
