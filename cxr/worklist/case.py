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
    """Where a case stands."""

    WAITING = "waiting"
    """accepted, not scored yet"""
    SCORED = "scored"
    """scored, or refused with its reasons"""
    IN_READING = "in reading"
    """a reader has it"""
    READ = "read"
    """a reader wrote down a finding"""


class Finding(StrEnum):
    """What a reader sees on a film."""

    PNEUMONIA = "pneumonia"
    NO_PNEUMONIA = "no pneumonia"
    OTHER = "other"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True)
class Report:
    """A reader's answer to a film.

    `agrees` says whether the reader agrees with the flag, nothing where the reader did not say.
    """

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
        Counts the changes of the case; whoever changes it says which version was seen.
    name
        The name that the film was handed in under.
    stated
        Population as the user stated it; `population` is the one the score was read by.
    flag, probability, operating_points, heat
        Missing where the film is waiting; all but the flag also where it was refused.
    turned
        Whether a person had the film turned round, because it came inverted.
    thumbnail
        A small JPEG, missing where the film could not be read, or was purged.
    patient
        A pseudonym that all films of one patient share; missing where the file names no patient.
    raised
        The priority that a person or the modality set.
    reader
        Who has the case, or has read it.
    purged_at
        When the film's pixels were removed; the rest of the case stays.
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
    turned: bool = False
    patient: str | None = None
    raised: Urgency | None = None
    reader: str | None = None
    taken_at: datetime.datetime | None = None
    report: Report | None = None
    set_aside_at: datetime.datetime | None = None
    purged_at: datetime.datetime | None = None

    @property
    def state(self) -> State:
        """Where the case stands; a case in reading may be waiting for its score at the same time."""
        if self.report:
            return State.READ
        if self.reader:
            return State.IN_READING
        return State.SCORED if self.scored_at else State.WAITING
