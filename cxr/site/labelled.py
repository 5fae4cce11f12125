"""Labelled films of a site: scored from a labels file, or as readers found them on the worklist."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from cxr.evidence.label import Label
from cxr.film import AS_STORED, Population
from cxr.measure.labels import LabelledFilm
from cxr.measure.screened import ScreenedFilm, screen_films
from cxr.model.card import Card
from cxr.model.score import Score, at_prevalence
from cxr.screening import Screener
from cxr.site.agreement import LABELS
from cxr.triage.flag import FLAG_OF_POINTS, Flag
from cxr.worklist.case import Case


def from_labels(
    films: Sequence[LabelledFilm],
    screener: Screener,
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, ScreenedFilm]:
    """Score the films of a labels file, by their line in it."""
    return {film.labelled.line: film for film in screen_films(films, screener, progress)}


def listed_on_worklist(cases: Iterable[Case], path_of: Callable[[Case], Path]) -> dict[int, LabelledFilm]:
    """List cases that somebody has read, by their number, so that their films can be scored again.

    Left out are those that nobody could judge, films whose pixels were purged, and those that a person had
    inverted, rotated, mirrored or scored against the quality check.
    """
    return {
        case.number: _labelled(case, label, path_of(case))
        for case in cases
        if (label := LABELS.get(case.report.finding) if case.report else None)
        and not (case.purged_at or case.inverted or case.orientation != AS_STORED or case.overruled)
        and path_of(case).exists()
    }


def from_worklist(
    cases: Iterable[Case], version: str, card: Card, labels: Mapping[int, Label] | None = None
) -> dict[int, ScreenedFilm]:
    """Take cases that somebody has read, by their number, with the results that they have.

    Left out are those that nobody could judge, and those that another version of the model scored.

    Parameters
    ----------
    version, card
        Of the model in use, site profile included.
    labels
        By case, from elsewhere; None for the readers' own findings.
    """
    # A film that could not be read was refused before any model saw it.
    ours = (
        case
        for case in cases
        if case.bundle_version == version or (case.bundle_version is None and case.flag is Flag.REFUSED)
    )
    found = ((case.number, _read_case(case, card, _label(case, labels))) for case in ours)
    return {number: film for number, film in found if film}


def _label(case: Case, labels: Mapping[int, Label] | None) -> Label | None:
    if labels is not None:
        return labels.get(case.number)
    return LABELS.get(case.report.finding) if case.report else None


def _read_case(case: Case, card: Card, label: Label | None) -> ScreenedFilm | None:
    if label is None or case.flag is None:
        return None
    labelled = _labelled(case, label, Path())
    if case.flag is Flag.REFUSED:
        return ScreenedFilm(labelled, Flag.REFUSED, tuple(str(reason.code) for reason in case.reasons))
    score = _score(case, card)
    if score is None:
        return None
    return ScreenedFilm(labelled, FLAG_OF_POINTS[score.points_reached], score=score, age_years=case.age_years)


def _labelled(case: Case, label: Label, path: Path) -> LabelledFilm:
    return LabelledFilm(
        path=path,
        label=label,
        population=case.population or Population.UNKNOWN,
        split="worklist",
        patient_id=case.patient or f"case {case.number}",
        source="worklist",
        size=(0, 0),
        boxes=(),
    )


def _score(case: Case, card: Card) -> Score | None:
    """The score as it was computed: its logit follows from the probability and the prevalence."""
    points, prevalence, population = case.operating_points, case.prevalence, case.points_for
    fitted = card.populations.get(population) if population else None
    if case.probability is None or points is None or prevalence is None or fitted is None or not population:
        return None
    calibration = fitted.calibration
    before = at_prevalence(case.probability, prevalence, calibration.fitted_prevalence)
    before = min(max(before, 1e-9), 1 - 1e-9)
    logit = (math.log(before / (1 - before)) - calibration.intercept) / calibration.slope
    reached = points.reached(case.probability)
    return Score(case.probability, logit, population, points, reached, prevalence)
