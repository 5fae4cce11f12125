"""Two bundles on the same labelled films of one hospital: whose flag changes, why, and what that is worth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cxr.evidence.as_json import AsJson
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.groups import scored_films
from cxr.measure.metrics import Metric, bootstrap, classification, with_width
from cxr.measure.operating_points import NotSeparableError
from cxr.measure.screened import ScreenedFilm
from cxr.model.estimate import Estimate
from cxr.model.site_profile import SitePoints
from cxr.site.fit_profile import fit_points
from cxr.triage.flag import FLAG_OF_POINTS, Flag

MEASURES = {
    "auroc": "AUROC",
    "sensitivity_low": "sensitivity (not routine)",
    "specificity_low": "specificity (routine)",
    "sensitivity_high": "sensitivity (urgent)",
    "specificity_high": "specificity (not urgent)",
}
"""What is compared, by name of the metric."""


class Why(StrEnum):
    """Why a film has another flag."""

    SCORE = "score"
    """the new score has another flag by the old operating points too"""
    POINTS = "operating points"
    """by the old operating points, the new score has the old flag"""
    REFUSED = "refused by the second"
    ACCEPTED = "refused by the first"


@dataclass(frozen=True, slots=True)
class Change:
    """A film whose flag changes.

    Attributes
    ----------
    place
        Line of the labels file, or number of the case: never a file's name, which may name a patient.
    reasons
        Codes of why one of the two refused it.
    """

    place: int
    label: Label
    before: Flag
    after: Flag
    why: Why
    reasons: tuple[str, ...]
    probability_before: float | None
    probability_after: float | None


@dataclass(frozen=True, slots=True)
class Paired:
    """A measure of both bundles on the same films, and the difference, second less first.

    All have 95 % intervals by bootstrap over patients, the same draws for both.
    """

    before: Estimate | None
    after: Estimate | None
    difference: Estimate | None

    @property
    def certain(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.difference is not None and not self.difference.low <= 0 <= self.difference.high


@dataclass(frozen=True, slots=True)
class PopulationComparison:
    """Both bundles on the films of one population.

    Attributes
    ----------
    films, patients
        Scored by both, and labelled as pneumonia or as normal.
    moves
        How many films of each label changed from one flag to another, all films and labels included.
    unchanged
        Films that kept their flag.
    refitted
        Calibration and operating points of the second bundle, fitted on these films; None where there are
        too few, and `not_refitted` says why.
    """

    films: int
    patients: int
    moves: dict[Label, dict[str, int]]
    unchanged: int
    measures: dict[str, Paired]
    refitted: SitePoints | None
    not_refitted: str


@dataclass(frozen=True, slots=True)
class Comparison(AsJson):
    """Two bundles compared; `before` and `after` are their versions, site profiles included."""

    before: str
    after: str
    populations: dict[Population, PopulationComparison]
    changes: tuple[Change, ...]


def compare_bundles(
    before: Mapping[int, ScreenedFilm],
    after: Mapping[int, ScreenedFilm],
    versions: tuple[str, str],
) -> Comparison:
    """Compare the results of two bundles.

    Parameters
    ----------
    before, after
        The same films by their place, as each bundle screened them, at the same prevalence.
    versions
        Of both.
    """
    pairs = [(place, before[place], after[place]) for place in sorted(before)]
    changes = [_change(*pair) for pair in pairs if pair[1].flag is not pair[2].flag]
    populations = {
        population: some
        for population in Population
        if (some := [pair for pair in pairs if pair[1].population is population])
    }
    return Comparison(
        before=versions[0],
        after=versions[1],
        populations={population: _compared(some) for population, some in populations.items()},
        changes=tuple(changes),
    )


def _change(place: int, before: ScreenedFilm, after: ScreenedFilm) -> Change:
    return Change(
        place=place,
        label=before.labelled.label,
        before=before.flag,
        after=after.flag,
        why=_why(before, after),
        reasons=after.refused_for or before.refused_for,
        probability_before=before.score.probability if before.score else None,
        probability_after=after.score.probability if after.score else None,
    )


def _why(before: ScreenedFilm, after: ScreenedFilm) -> Why:
    if after.score is None:
        return Why.REFUSED
    if before.score is None:
        return Why.ACCEPTED
    by_old_points = FLAG_OF_POINTS[before.score.operating_points.reached(after.score.probability)]
    return Why.POINTS if by_old_points is before.flag else Why.SCORE


def _compared(pairs: Sequence[tuple[int, ScreenedFilm, ScreenedFilm]]) -> PopulationComparison:
    moves: dict[Label, Counter[str]] = {}
    for _, first, second in pairs:
        if first.flag is not second.flag:
            move = f"{first.flag} to {second.flag}"
            moves.setdefault(first.labelled.label, Counter())[move] += 1
    both = [(first, second) for _, first, second in pairs if first.score and second.score]
    old, new = [first for first, _ in both], [second for _, second in both]
    scored, _ = scored_films(old)
    refitted, why = None, ""
    try:
        refitted = fit_points([second for _, _, second in pairs if second.score])
    except NotSeparableError as error:
        why = str(error)
    return PopulationComparison(
        films=len(scored.positive),
        patients=len({*scored.patient}),
        moves={label: dict(counts.most_common()) for label, counts in moves.items()},
        unchanged=sum(first.flag is second.flag for _, first, second in pairs),
        measures=_measures(old, new),
        refitted=refitted,
        not_refitted=why,
    )


def _measures(old: Sequence[ScreenedFilm], new: Sequence[ScreenedFilm]) -> dict[str, Paired]:
    """Measure both on films that both scored, with the same draws of patients."""
    scored, reached = scored_films(old)
    by_old = classification(scored, reached)
    by_new = classification(*scored_films(new))
    metrics: dict[str, Metric] = {}
    for name in MEASURES:
        metrics[f"{name} before"], metrics[f"{name} after"] = by_old[name], by_new[name]
        metrics[f"{name} difference"] = _difference(by_old[name], by_new[name])
    found = bootstrap(scored.patient, metrics)
    ill = {patient for patient, positive in zip(scored.patient, scored.positive, strict=True) if positive}
    patients = {"sensitivity": len(ill), "specificity": len({*scored.patient} - ill)}

    def measured(name: str, which: str) -> Estimate | None:
        trials = patients.get(name.partition("_")[0])
        one = found[f"{name} {which}"]
        return with_width(one, trials) if trials else one

    return {
        name: Paired(measured(name, "before"), measured(name, "after"), found[f"{name} difference"])
        for name in MEASURES
    }


def _difference(before: Metric, after: Metric) -> Metric:
    def difference(at: npt.NDArray[np.intp]) -> float:
        return after(at) - before(at)

    return difference
