"""A study on the worklist with its films, as the other rooms see it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cxr.explain.gradcam import HeatMap
from cxr.film import AS_STORED, FilmErrorCode, Orientation, Population
from cxr.model.card import OperatingPoints
from cxr.model.score import at_prevalence
from cxr.triage.flag import Flag, Reason
from cxr.triage.priority import Urgency
from cxr.worklist.location import NOT_STATED, Location

UID_CONFLICT = "uid_conflict"
"""Code of the reason that two films have one SOP Instance UID and other pixels."""
PATIENT_CHANGED = "patient_changed"
"""Code of the reason that a case was another patient's before one of its films was sent again."""
AGES_DIFFER = "ages_differ"
"""Code of the reason that films of one study state ages that contradict each other."""
WHOSE_FILMS = frozenset({UID_CONFLICT, PATIENT_CHANGED, AGES_DIFFER})
"""Reasons that follow from the headers of a study, and from no result."""


class State(StrEnum):
    """Progress of a case."""

    WAITING = "waiting"
    """accepted, not scored yet"""
    SCORED = "scored"
    """scored, or refused with its reasons"""
    IN_READING = "in reading"
    """claimed by a reader"""
    READ = "read"
    """a reader recorded a finding"""


class Finding(StrEnum):
    """What a reader sees on a film."""

    PNEUMONIA = "pneumonia"
    NO_PNEUMONIA = "no pneumonia"
    OTHER = "other"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True)
class Report:
    """A reader's finding; `agrees` says whether the reader agrees with the flag, if stated.

    `elsewhere` says that the reader reported the film in another system, `location` where the pneumonia is.
    """

    finding: Finding
    read_at: datetime.datetime
    agrees: bool | None = None
    note: str = ""
    elsewhere: bool = False
    location: Location = NOT_STATED

    @property
    def words(self) -> str:
        """The finding and, if stated, where it is: 'pneumonia, right lower zone'."""
        return f"{self.finding}, {self.location}" if self.location != NOT_STATED else str(self.finding)


@dataclass(frozen=True, slots=True, eq=False)
class CaseFilm:
    """A film of a case and its result.

    Attributes
    ----------
    number
        The film's own number.
    stated
        Population as the user stated it.
    age_years
        Exact age from the DICOM header, as read on arrival.
    population
        What is known of the patient: from the header, else as stated; `UNKNOWN` is not stated.
    points_for
        Population whose operating points were used: the most cautious one if the population is not known.
    prevalence
        Prevalence that probability and operating points are at; None if an earlier version did not record it.
    engine
        Library, version and precision that computed the result.
    inverted
        Whether a person had the grey levels inverted, because the file holds a negative.
    orientation
        How a person had the film rotated or mirrored.
    overruled
        Whether a person wants it scored although the quality check of its picture refused it.
    conflicts_with
        Number of the film that has the same SOP Instance UID and other pixels or patient.
    purged_at
        When the pixels were removed.
    """

    number: int
    sha256: str
    name: str
    stated: Population
    arrived_at: datetime.datetime
    scored_at: datetime.datetime | None = None
    flag: Flag | None = None
    reasons: tuple[Reason, ...] = ()
    probability: float | None = None
    prevalence: float | None = None
    operating_points: OperatingPoints | None = None
    age_years: float | None = None
    population: Population | None = None
    points_for: Population | None = None
    heat: HeatMap | None = None
    thumbnail: bytes | None = None
    bundle_version: str | None = None
    engine: str | None = None
    inverted: bool = False
    orientation: Orientation = AS_STORED
    overruled: bool = False
    conflicts_with: int | None = None
    purged_at: datetime.datetime | None = None

    @property
    def frontal(self) -> bool:
        """Whether the film may be a frontal one: not known to be lateral or oblique."""
        return all(reason.code != FilmErrorCode.LATERAL for reason in self.reasons)

    def at(self, prevalence: float | None) -> CaseFilm:
        """Move probability and operating points to a prevalence, which changes neither flag nor order."""
        if self.probability is None or self.operating_points is None or prevalence == self.prevalence:
            return self
        if prevalence is None or self.prevalence is None:
            return self
        probability, low, high = (
            at_prevalence(value, self.prevalence, prevalence)
            for value in (self.probability, self.operating_points.low, self.operating_points.high)
        )
        return replace(
            self,
            probability=probability,
            operating_points=OperatingPoints(low=low, high=high),
            prevalence=prevalence,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A study on the worklist.

    What is said of a film here is of the leading one of `films`, which gives the case its flag.

    Attributes
    ----------
    number
        The case's own number, given on arrival.
    version
        Counts the changes of the case.
    name
        Name of the first film's file when it was added.
    film_number
        Number of the leading film.
    flag, probability, operating_points, heat
        None while the film is waiting; all but the flag also if it was refused.
    thumbnail
        A small JPEG; None if the film could not be read, or was purged.
    patient
        A pseudonym that all films of one patient share; None if the file names no patient.
    raised
        The priority that a person or the modality set.
    reader
        Who claimed the case, or read it.
    withheld
        Whether the site withholds results: it looks as if it had none, and nothing of it may be sent.
    """

    number: int
    version: int
    sha256: str
    name: str
    stated: Population
    arrived_at: datetime.datetime
    scored_at: datetime.datetime | None
    flag: Flag | None
    reasons: tuple[Reason, ...]
    probability: float | None
    operating_points: OperatingPoints | None
    population: Population | None
    heat: HeatMap | None
    thumbnail: bytes | None
    bundle_version: str | None
    inverted: bool = False
    orientation: Orientation = AS_STORED
    overruled: bool = False
    patient: str | None = None
    raised: Urgency | None = None
    reader: str | None = None
    claimed_at: datetime.datetime | None = None
    report: Report | None = None
    dismissed_at: datetime.datetime | None = None
    purged_at: datetime.datetime | None = None
    film_number: int = 0
    age_years: float | None = None
    points_for: Population | None = None
    prevalence: float | None = None
    engine: str | None = None
    films: tuple[CaseFilm, ...] = ()
    withheld: bool = False

    @property
    def state(self) -> State:
        """Progress; a case in reading may be waiting for its score at the same time."""
        if self.report:
            return State.READ
        if self.reader:
            return State.IN_READING
        return State.SCORED if self.scored_at else State.WAITING

    def about(self, film: CaseFilm) -> Case:
        """Return the case as if that film were its only one: what a result about it is made from."""
        return replace(self, films=(film,), **of_film(film))


# A waiting film may show anything, so only an urgent one outranks it; a refused one ranks last.
_SEVERITY = {Flag.URGENT: 0, None: 1, Flag.REVIEW: 2, Flag.ROUTINE: 3, Flag.REFUSED: 4}


def leading(films: Sequence[CaseFilm]) -> CaseFilm:
    """Return the film that gives a case its flag.

    The most severe of the frontal films: urgent, waiting, review, routine, refused; then the most probable. A
    lateral leads only where there is no frontal film.
    """
    frontal = [film for film in films if film.frontal] or films
    return min(frontal, key=lambda film: (_SEVERITY[film.flag], -(film.probability or 0), film.number))


def of_film(film: CaseFilm) -> dict[str, Any]:
    """Return what a case repeats of its leading film."""
    return {"film_number": film.number} | {name: getattr(film, name) for name in _REPEATED}


_REPEATED = (
    *("sha256", "stated", "scored_at", "flag", "reasons", "probability", "operating_points", "population"),
    *("heat", "thumbnail", "bundle_version", "inverted", "overruled", "purged_at", "age_years", "points_for"),
    *("prevalence", "engine", "orientation"),
)
