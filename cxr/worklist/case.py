"""A film on the worklist, as the other rooms see it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from cxr.explain.gradcam import HeatMap
from cxr.film import Population
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason
from cxr.triage.priority import Urgency


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
    """A reader's finding; `agrees` says whether the reader agrees with the flag, if stated."""

    finding: Finding
    read_at: datetime.datetime
    agrees: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One film on the worklist.

    Attributes
    ----------
    number
        The case's own number, given on arrival.
    version
        Counts the changes of the case.
    name
        Name of the film's file when it was added.
    stated
        Population as the user stated it; `population` is the one whose operating points were used.
    flag, probability, operating_points, heat
        None while the film is waiting; all but the flag also if it was refused.
    turned
        Whether a person had the grey levels inverted, because the file holds a negative.
    thumbnail
        A small JPEG; None if the film could not be read, or was purged.
    patient
        A pseudonym that all films of one patient share; None if the file names no patient.
    raised
        The priority that a person or the modality set.
    reader
        Who claimed the case, or read it.
    purged_at
        When the film's pixels were removed; the rest of the case is kept.
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
    patient: str | None = None
    raised: Urgency | None = None
    reader: str | None = None
    claimed_at: datetime.datetime | None = None
    report: Report | None = None
    dismissed_at: datetime.datetime | None = None
    purged_at: datetime.datetime | None = None

    @property
    def state(self) -> State:
        """Progress; a case in reading may be waiting for its score at the same time."""
        if self.report:
            return State.READ
        if self.reader:
            return State.IN_READING
        return State.SCORED if self.scored_at else State.WAITING


def printable(name: str) -> str:
    """Replace what not every database can store, NUL and lone surrogates of odd file names, by blanks."""
    return "".join(character if character.isprintable() else " " for character in name)
