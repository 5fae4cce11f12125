"""The project's goals, set before training, beside the measured values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cxr.evidence.label import Label
from cxr.evidence.metrics_file import Evidence
from cxr.evidence.shortcuts import MOST_SHORTCUT
from cxr.film import Population
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag

Found = Estimate | float | None
"""A measured value, with its interval where it has one; None where it was not measured."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure and the value that it has to reach: `at_least` the bound, or at most."""

    measure: str
    bound: float
    at_least: bool
    found: Callable[[Evidence], Found]

    @property
    def words(self) -> str:
        """The goal in words: 'at least 0.95'."""
        return f"at {'least' if self.at_least else 'most'} {self.bound:g}"

    def reached(self, evidence: Evidence) -> bool | None:
        """Whether the value itself, not an end of its interval, is as good as the bound."""
        found = self.found(evidence)
        if found is None:
            return None
        value = found.value if isinstance(found, Estimate) else found
        return value >= self.bound if self.at_least else value <= self.bound


def _holdout(population: Population, measure: str) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        group = evidence.holdout.population(population)
        value: Estimate | None = getattr(group, measure) if group else None
        return value

    return found


def _heat(measure: str) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        adults = evidence.holdout.population(Population.ADULT)
        value: Estimate | None = getattr(adults.heat, measure) if adults and adults.heat else None
        return value

    return found


def _energy_ratio(evidence: Evidence) -> Found:
    return evidence.heat_comparison.energy_ratio if evidence.heat_comparison else None


def _worst_drop(measure: str) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        groups = evidence.stress.groups if evidence.stress else ()
        worst = (group.worst(measure) for group in groups)
        return _greatest(getattr(effect.drop, measure) for effect in worst if effect)

    return found


def _shortcut(name: str) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        shortcuts = getattr(evidence.audit, name) if evidence.audit else ()
        return _greatest(shortcut.leak for shortcut in shortcuts)

    return found


def _greatest(estimates: Iterable[Estimate | None]) -> Found:
    return max((found for found in estimates if found), key=lambda found: found.value, default=None)


def _refused(name: str) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        share: float | None = getattr(evidence.quality, name) if evidence.quality else None
        return share

    return found


def _false_refusals(evidence: Evidence) -> Found:
    return _greatest(evidence.quality.false_refusals.values()) if evidence.quality else None


def _next_hospital(label: Label, flag: Flag) -> Callable[[Evidence], Found]:
    def found(evidence: Evidence) -> Found:
        adults = evidence.external.population(Population.ADULT) if evidence.external else None
        return adults.flags.get(label, {}).get(flag) if adults else None

    return found


def _not_routine(evidence: Evidence) -> Found:
    routine = _next_hospital(Label.PNEUMONIA, Flag.ROUTINE)(evidence)
    if not isinstance(routine, Estimate):
        return None
    return Estimate(value=1 - routine.value, low=1 - routine.high, high=1 - routine.low)


GOALS = (
    Goal("AUROC, children", 0.995, True, _holdout(Population.CHILD, "auroc")),
    Goal("AUROC, adults", 0.92, True, _holdout(Population.ADULT, "auroc")),
    Goal("Calibration error, children", 0.03, False, _holdout(Population.CHILD, "calibration_error")),
    Goal("Calibration error, adults", 0.03, False, _holdout(Population.ADULT, "calibration_error")),
    Goal("Worst drop of AUROC over shifts of severity 2", 0.02, False, _worst_drop("auroc")),
    Goal(
        "Worst drop of specificity at the low point over shifts of severity 2",
        0.1,
        False,
        _worst_drop("specificity_low"),
    ),
    Goal("Heat map on adults: hit rate", 0.93, True, _heat("hit_rate")),
    Goal("Heat map on adults: energy in box", 0.85, True, _heat("energy_in_box")),
    Goal("Heat map: energy in box, times that without the box loss", 1.5, True, _energy_ratio),
    Goal("Quality check: refused of the kinds it has seen", 0.99, True, _refused("refused_seen")),
    Goal("Quality check: refused of the kinds left out", 0.95, True, _refused("refused_unseen")),
    Goal("Quality check: films refused without need", 0.01, False, _false_refusals),
    Goal("Border alone: AUROC, away from 0.5 either way", MOST_SHORTCUT, False, _shortcut("border_alone")),
    Goal("Lungs blanked: AUROC, away from 0.5 either way", MOST_SHORTCUT, False, _shortcut("lungs_blanked")),
    Goal("Next hospital: healthy films routine", 0.7, True, _next_hospital(Label.NORMAL, Flag.ROUTINE)),
    Goal("Next hospital: healthy films urgent", 0.03, False, _next_hospital(Label.NORMAL, Flag.URGENT)),
    Goal("Next hospital: pneumonia not routine", 0.9, True, _not_routine),
)
"""The goals that were set before training; where there are several values, the worst one counts."""
