"""The order of the worklist, a pure function of what is known about a film and of the time."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Population
from cxr.triage.flag import Flag


class Urgency(StrEnum):
    """A priority set by a person or by the modality; the program never lowers it."""

    HIGH = "high"
    """with the urgent films, whatever the model says"""
    STAT = "stat"
    """before the urgent films"""


OVERDUE, STAT, URGENT, NOT_SCORED, REVIEW, ROUTINE = range(-1, 5)

# A film that was refused or is not scored yet may show anything, so it comes right after the urgent ones.
LANES = {
    Flag.URGENT: URGENT,
    Flag.REFUSED: NOT_SCORED,
    None: NOT_SCORED,
    Flag.REVIEW: REVIEW,
    Flag.ROUTINE: ROUTINE,
}
AGE_GROUPS = {Population.CHILD: 0, Population.UNKNOWN: 1, Population.ADULT: 2}
RAISED_TO = {Urgency.HIGH: URGENT, Urgency.STAT: STAT, None: ROUTINE}


@dataclass(frozen=True, slots=True, order=True)
class PriorityKey:
    """The part of a film's priority that does not change with time; the smallest key is read first.

    Attributes
    ----------
    lane
        From `STAT` to `ROUTINE`.
    age_group
        0 for a child, 1 for a patient of unknown age, 2 for an adult.
    rank
        Minus the probability, or 0 without one.
    """

    lane: int
    age_group: int
    rank: float


@dataclass(frozen=True, slots=True, order=True)
class Priority:
    """A film's place in the worklist, compared field by field; the smallest is read first."""

    key: PriorityKey
    waiting_since: float
    number: int


def priority_key(
    flag: Flag | None,
    probability: float | None,
    population: Population,
    raised: Urgency | None = None,
) -> PriorityKey:
    """Compute the part of a film's priority that does not change with time.

    A priority set by a person or the modality moves a film up, never down. Within a lane children come before
    adults: they deteriorate faster, and probabilities are calibrated separately for the two populations.
    Patients of unknown age come between them, because some are children.

    Parameters
    ----------
    flag
        `None` until the film is scored.
    population
        What is known of the patient.
    """
    lane = min(LANES[flag], RAISED_TO[raised])
    return PriorityKey(lane, AGE_GROUPS[population], -(probability or 0.0))


def priority(
    key: PriorityKey, waiting_since: float, number: int, *, now: float, cap_seconds: float
) -> Priority:
    """Place a film in a strict total order.

    A film that has waited longer than the cap comes before every film that has not, the longest wait
    first, so that no film waits for ever. The others are ordered by lane, age group, probability and then
    waiting time.

    Parameters
    ----------
    waiting_since, now
        Seconds on the same clock.
    number
        Case number, which breaks ties.
    """
    if now - waiting_since > cap_seconds:
        return Priority(PriorityKey(OVERDUE, 0, 0.0), waiting_since, number)
    return Priority(key, waiting_since, number)


def why(flag: Flag | None, raised: Urgency | None, *, overdue: bool) -> str:
    """Explain a film's place in the worklist."""
    if overdue:
        return "Overdue: read before all others, the longest wait first."
    if raised is Urgency.STAT:
        return "Set to stat by a person or the modality: read before the urgent films."
    if raised is Urgency.HIGH and flag is not Flag.URGENT:
        return "Raised by a person or the modality: read with the urgent films."
    return {
        Flag.URGENT: "Urgent: children first, then the highest probability.",
        Flag.REFUSED: "Not scored, so it may show anything: read right after the urgent films.",
        None: "Not scored yet: until then right after the urgent films.",
        Flag.REVIEW: "Review: after the urgent films, children first, then the highest probability.",
        Flag.ROUTINE: "Routine: after all others, children first, then the highest probability.",
    }[flag]


def why_first_come(raised: Urgency | None, *, overdue: bool) -> str:
    """Explain a film's place while results are withheld: it follows from no result."""
    if overdue:
        return "Overdue: read before all others, the longest wait first."
    return {
        Urgency.STAT: "Set to stat by a person or the modality: read first.",
        Urgency.HIGH: "Raised by a person or the modality: read before those that are not.",
        None: "First come, first served: results are withheld.",
    }[raised]
