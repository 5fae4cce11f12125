"""A film on the worklist, as the other rooms see it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from cxr.explain.gradcam import HeatMap
from cxr.film import Population
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason


class State(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    """accepted, not scored yet"""
    SCORED = "scored"
    """scored, or refused with its reasons"""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One film on the worklist.

    Attributes
    ----------
    number
        The case's own number, given on arrival.
    name
        The name that the film was handed in under.
    stated
        Population as the user stated it; `population` is the one the score was read by.
    flag, probability, operating_points, heat
        Missing where the film is waiting; all but the flag also where it was refused.
    turned
        Whether a person had the film turned round, because it came inverted.
    thumbnail
        A small JPEG, missing where the film could not be read.
    """

    number: int
    sha256: str
    name: str
    stated: Population
    state: State
    arrived_at: datetime.datetime
    flag: Flag | None
    reasons: tuple[Reason, ...]
    probability: float | None
    operating_points: OperatingPoints | None
    population: Population | None
    heat: HeatMap | None
    thumbnail: bytes | None
    bundle_version: str | None
    turned: bool = False
