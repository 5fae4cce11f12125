"""A site's limits, and how many films show whether they are met."""

import math
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cxr.evidence.evaluation import Group
from cxr.measure.metrics import with_width
from cxr.model.estimate import Estimate

MOST_PATIENTS = 100_000
Z = 1.959964
"""Of a 95 % interval."""


class Limits(BaseModel):
    """What a site asks for before the program may order its worklist, as shares from 0 to 1.

    Attributes
    ----------
    sensitivity
        Least share of films with pneumonia that are not routine.
    specificity
        Least share of films without pneumonia that are routine.
    urgent_specificity
        Least share of films without pneumonia that are not urgent.
    refused
        Largest share of films that are not scored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sensitivity: float = Field(0.90, gt=0, lt=1)
    specificity: float = Field(0.60, gt=0, lt=1)
    urgent_specificity: float = Field(0.93, gt=0, lt=1)
    refused: float = Field(0.05, gt=0, lt=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """A limit and what was measured.

    Attributes
    ----------
    measured
        None where no film shows it.
    at_most
        Whether the limit is an upper one.
    """

    name: str
    limit: float
    measured: Estimate | None
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the measured value meets the limit, however wide its interval is."""
        if self.measured is None:
            return False
        return self.measured.value <= self.limit if self.at_most else self.measured.value >= self.limit

    @property
    def certain(self) -> bool:
        """Whether the whole 95 % interval lies on one side of the limit."""
        return self.measured is not None and not self.measured.low < self.limit <= self.measured.high

    def __str__(self) -> str:
        measure = self.name
        bound = f"at most {self.limit:.2f}" if self.at_most else f"at least {self.limit:.2f}"
        if self.measured is None:
            return f"{measure}: {bound} wanted, not measured: there is no such film."
        verdict = "met" if self.met else "not met"
        if self.certain:
            return f"{measure}: {bound} wanted, {self.measured} measured: {verdict}."
        return (
            f"{measure}: {bound} wanted, {self.measured} measured: {verdict}, but the interval includes the "
            "limit: more films would decide."
        )


def judge(group: Group, limits: Limits) -> tuple[Finding, ...]:
    """Hold the films of one population against a site's limits."""
    found = shares_of(group)
    return (
        Finding("sensitivity (not routine)", limits.sensitivity, found.sensitivity),
        Finding("specificity (routine)", limits.specificity, found.specificity),
        Finding("specificity (not urgent)", limits.urgent_specificity, found.urgent_specificity),
        Finding("refused", limits.refused, found.refused, at_most=True),
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """What the limits are about, as measured: None where no film shows it, and no interval without width."""

    sensitivity: Estimate | None
    specificity: Estimate | None
    urgent_sensitivity: Estimate | None
    urgent_specificity: Estimate | None
    refused: Estimate | None


def auroc_of(group: Group) -> Estimate | None:
    """Take the AUROC; where it has no width, with the interval of a share of the films of the rarer label."""
    return with_width(group.auroc, min(group.scored_positives, group.scored_negatives, group.patients))


def shares_of(group: Group) -> Shares:
    """Take the shares of a group that a site's limits are about."""
    ill, healthy = group.scored_positives, group.scored_negatives
    return Shares(
        _with_width(group.low.sensitivity, ill, group),
        _with_width(group.low.specificity, healthy, group),
        _with_width(group.high.sensitivity, ill, group),
        _with_width(group.high.specificity, healthy, group),
        _with_width(group.refusals.share, group.films, group),
    )


def _with_width(estimate: Estimate | None, films: int, group: Group) -> Estimate | None:
    return with_width(estimate, min(films, group.patients))


def patients_needed(share: float, width: float) -> int:
    """How many patients give a share a 95 % interval of at most a width (Wilson's).

    Parameters
    ----------
    share
        The expected value, 0 to 1.
    width
        From the lower to the upper end, over 0 and under 1.

    Raises
    ------
    ValueError
        Where more than 100,000 would be needed.
    """

    def wide(patients: int) -> bool:
        spread = math.sqrt(share * (1 - share) / patients + (Z / 2 / patients) ** 2)
        return 2 * Z * spread / (1 + Z**2 / patients) > width

    low, high = 0, 1
    while wide(high):
        low, high = high, 2 * high
        if low > MOST_PATIENTS:
            raise ValueError(
                f"An interval of {width} needs more than {MOST_PATIENTS:,} patients: ask for a wider one."
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
