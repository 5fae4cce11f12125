"""Convert between rows of the database and the cases that other rooms see."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr.explain.gradcam import HeatMap
from cxr.film import Population, RequestedPriority
from cxr.film.age import ages_contradict
from cxr.film.orientation import Orientation
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason
from cxr.triage.priority import Urgency, priority_key
from cxr.worklist.case import (
    AGES_DIFFER,
    PATIENT_CHANGED,
    UID_CONFLICT,
    Case,
    CaseFilm,
    Finding,
    Report,
    leading,
    of_film,
)
from cxr.worklist.location import Location, Side, Zone
from cxr.worklist.store.schema import CaseRow, FilmRow

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

UNSCORED: dict[str, Any] = {
    "reasons": [],
    "attempts": 0,
    **dict.fromkeys(("scored_at", "lease_owner", "lease_until", "flag", "points_for", "heat", "lungs")),
    **dict.fromkeys(("logit", "probability", "prevalence", "low", "high", "bundle_version", "engine")),
}
"""Values of a film's row that has no result yet."""
READING = ("read_at", "finding", "side", "zone", "agrees", "note")
"""Columns of a case that a reading fills."""
_OF_FILMS = (
    *("scored_at", "flag", "population", "patient", "patient_number", "raised", "reader", "claimed_at"),
    *(*READING, "accession"),
)
"""Columns of a case that mean nothing without films."""
CHANGED_SINCE = "changed_since"
"""Code of the reason that a film was sent again with changes after it was read."""
RANKED_AT = 0.2
"""Prevalence that probabilities are compared at; their order is the same at every other."""


def case_of(row: CaseRow, prevalence: float | None = None) -> Case:
    """Make a case of a row, with all probabilities at one prevalence; by default as they were computed."""
    films = tuple(film_of(film).at(prevalence) for film in row.films)
    return Case(
        number=row.id,
        version=row.version,
        name=row.name,
        arrived_at=row.arrived_at,
        patient=row.patient,
        raised=Urgency(row.raised) if row.raised else None,
        reader=row.reader,
        claimed_at=row.claimed_at,
        report=_report(row),
        dismissed_at=row.dismissed_at,
        films=films,
        **of_film(leading(films)),
    )


def film_of(row: FilmRow) -> CaseFilm:
    """Make a film of a row."""
    flag = Flag(row.flag) if row.flag else None
    points = None
    if row.low is not None and row.high is not None:
        points = OperatingPoints(low=row.low, high=row.high)
    return CaseFilm(
        number=row.id,
        sha256=row.sha256,
        name=row.name,
        stated=Population(row.stated),
        arrived_at=row.arrived_at,
        scored_at=row.scored_at,
        flag=flag,
        reasons=(*(Reason(**reason) for reason in row.reasons), *_of_study(row)),
        probability=row.probability,
        prevalence=row.prevalence,
        operating_points=points,
        age_years=row.age_years,
        population=Population(row.population),
        points_for=Population(row.points_for) if row.points_for else None,
        heat=_heat(row, shown=flag is not Flag.ROUTINE),
        thumbnail=row.thumbnail,
        bundle_version=row.bundle_version,
        engine=row.engine,
        inverted=row.inverted,
        orientation=Orientation.of(row.orientation),
        overruled=row.overruled,
        conflicts_with=row.conflicts_with,
        purged_at=row.purged_at,
    )


def unscore(row: FilmRow) -> None:
    """Let a film wait for a new result."""
    for column, value in UNSCORED.items():
        setattr(row, column, value)


def note_change(row: FilmRow, sentence: str) -> None:
    """Note that a film was sent again after it was read, so that its result is of the film as it was then."""
    kept = (Reason(**reason) for reason in row.reasons if reason["code"] != CHANGED_SINCE)
    write_reasons(row, (*kept, Reason(CHANGED_SINCE, sentence)))


def changed_since(row: FilmRow) -> bool:
    """Whether a film changed after it was read, and has not been scored since."""
    return any(reason["code"] == CHANGED_SINCE for reason in row.reasons)


def update_priority(row: CaseRow) -> None:
    """Update flag, population and priority of a case after its films or its urgency changed."""
    film = leading([film_of(film).at(RANKED_AT) for film in row.films])
    row.flag, row.scored_at, row.population = film.flag, film.scored_at, film.population
    key = priority_key(
        film.flag,
        film.probability,
        film.population or Population.UNKNOWN,
        Urgency(row.raised) if row.raised else None,
    )
    row.lane, row.age_group, row.rank = key.lane, key.age_group, key.rank


def empty(row: CaseRow, now: datetime.datetime) -> None:
    """Clear a case whose last film has moved to another study, so that no view lists it."""
    row.dismissed_at, row.elsewhere = now, False
    for column in _OF_FILMS:
        setattr(row, column, None)


def raise_as_requested(row: CaseRow, requested: RequestedPriority | None) -> None:
    """Raise a row to the priority that the film was requested with; never lower it."""
    if requested is None:
        return
    stat = row.raised == Urgency.STAT or requested is RequestedPriority.STAT
    row.raised = Urgency.STAT if stat else Urgency.HIGH


def write_result(row: FilmRow, result: ScreeningResult, thumbnail: bytes) -> None:
    """Write the result of a film into its row."""
    score, heat = result.score, result.heat
    row.flag = result.decision.flag
    row.logit = score.logit if score else None
    row.probability = score.probability if score else None
    row.prevalence = score.prevalence if score else None
    row.low = score.operating_points.low if score else None
    row.high = score.operating_points.high if score else None
    row.points_for = score.population if score else None
    if score:
        codes = {reason.code for reason in result.decision.reasons}
        unknown = row.stated == Population.UNKNOWN and bool(codes & {"population_unknown", "age_unreadable"})
        row.population = Population.UNKNOWN if unknown else score.population
    row.heat = heat.values.astype(np.float16).tobytes() if heat else None
    row.heat_rows = len(heat.values) if heat else None
    row.heat_contour = heat.contour if heat else None
    lungs = heat.lungs if heat else None
    row.lungs = np.rint(255 * lungs).astype(np.uint8).tobytes() if lungs is not None else None
    row.thumbnail = thumbnail
    row.bundle_version = result.bundle_version
    row.engine = str(result.engine) if result.engine else None
    row.seconds = result.seconds
    write_reasons(row, result.decision.reasons)


def write_reasons(row: FilmRow, reasons: tuple[Reason, ...]) -> None:
    """Write into a row the reasons for its flag."""
    row.reasons = [{"code": reason.code, "sentence": reason.sentence} for reason in reasons]


def _of_study(row: FilmRow) -> Iterator[Reason]:
    """Give what a film contradicts, in other films of its study or in what was sent before."""
    films = row.case.films
    if row.conflicts_with or any(one.conflicts_with == row.id for one in films):
        yield Reason(
            UID_CONFLICT,
            "Another film has the same SOP Instance UID and other pixels or patient. Find out which one is "
            "right.",
        )
    if any(one.patient_before for one in films):
        yield Reason(
            PATIENT_CHANGED,
            "A film of this study was sent again with another Patient ID or with none: before, the case was "
            "another patient's. Find out whose films they are.",
        )
    known = {one.population for one in films} - {Population.UNKNOWN}
    if len(known) > 1 or ages_contradict([one.age_years for one in films if one.age_years is not None]):
        yield Reason(
            AGES_DIFFER,
            "The films of this study do not agree on the patient's age, and each was treated by its own. "
            "Find out whose films they are, and check the age in the patient's record.",
        )


def _heat(row: FilmRow, shown: bool) -> HeatMap | None:
    if row.heat is None or row.heat_rows is None or row.heat_contour is None:
        return None
    values = np.frombuffer(row.heat, dtype=np.float16).reshape(row.heat_rows, -1).astype(np.float32)
    lungs = None
    if row.lungs is not None:
        lungs = np.frombuffer(row.lungs, dtype=np.uint8).reshape(values.shape).astype(np.float32)
        lungs /= np.float32(255)
    return HeatMap(values, row.heat_contour, shown, lungs)


def _report(row: CaseRow) -> Report | None:
    if row.finding is None or row.read_at is None:
        return None
    location = Location(Side(row.side) if row.side else None, Zone(row.zone) if row.zone else None)
    return Report(Finding(row.finding), row.read_at, row.agrees, row.note or "", row.elsewhere, location)


def unread(row: CaseRow) -> None:
    """Remove what was read in a case."""
    for column in READING:
        setattr(row, column, None)
