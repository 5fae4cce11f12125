"""The order of the worklist: a pure function of what is known of a film and of the clock."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Population
from cxr.triage.flag import Flag


class Urgency(StrEnum):
    """A priority that a person or the modality set; the program never takes it back."""

    HIGH = "high"
    """with the urgent films, whatever the network says"""
    STAT = "stat"
    """before the urgent films"""


OVERDUE, STAT, URGENT, NOT_SCORED, REVIEW, ROUTINE = range(-1, 5)

# A film that was refused, or not scored yet, may show anything: it comes right after the urgent ones.
LANES = {
    Flag.URGENT: URGENT,
    Flag.REFUSED: NOT_SCORED,
    None: NOT_SCORED,
    Flag.REVIEW: REVIEW,
    Flag.ROUTINE: ROUTINE,
}
RAISED_TO = {Urgency.HIGH: URGENT, Urgency.STAT: STAT, None: ROUTINE}


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """Where a film stands among those that have not waited too long; the smallest is read first.

    Attributes
    ----------
    lane
        From `STAT` to `ROUTINE`.
    age_group
        0 for a child, and for a patient of whom nothing is known; 1 for an adult.
    rank
        The probability with its sign turned round; 0 where there is none.
    """

    lane: int
    age_group: int
    rank: float


@dataclass(frozen=True, slots=True, order=True)
class Priority:
    """Where a film stands in the worklist; the smallest is read first. Compared field by field."""

    standing: Standing
    waiting_since: float
    number: int

    @property
    def overdue(self) -> bool:
        """Whether the film has waited longer than the cap."""
        return self.standing.lane == OVERDUE


def standing(
    flag: Flag | None,
    probability: float | None,
    population: Population,
    raised: Urgency | None = None,
) -> Standing:
    """Place a film by all that does not change with the clock.

    What a person or the modality raised goes up and never down. Within a lane children come before adults:
    they deteriorate faster, and the probabilities of the two populations are calibrated apart.

    Parameters
    ----------
    flag
        Nothing where the film is not scored yet.
    population
        `UNKNOWN` counts as a child, the more cautious of both.
    """
    lane = min(LANES[flag], RAISED_TO[raised])
    return Standing(lane, int(population is Population.ADULT), -(probability or 0.0))


def priority(
    place: Standing, waiting_since: float, number: int, *, now: float, cap_seconds: float
) -> Priority:
    """Place a film in a strict total order.

    A film that has waited longer than the cap comes before every one that has not, the longest wait
    first, so that nothing sinks for ever. The others come by lane, age group and probability, then by
    waiting time.

    Parameters
    ----------
    waiting_since, now
        Seconds of one clock.
    number
        Number of the case, which breaks the last tie.
    """
    if now - waiting_since > cap_seconds:
        return Priority(Standing(OVERDUE, 0, 0.0), waiting_since, number)
    return Priority(place, waiting_since, number)


def why(flag: Flag | None, raised: Urgency | None, *, overdue: bool) -> str:
    """Say in words why a film stands where it does."""
    if overdue:
        return "Waited too long: read before all others, the longest wait first."
    if raised is Urgency.STAT:
        return "Raised to stat by a person or the modality: read before the urgent films."
    if raised is Urgency.HIGH and flag is not Flag.URGENT:
        return "Raised by a person or the modality: read with the urgent films."
    return {
        Flag.URGENT: "Urgent: children first, then the highest probability.",
        Flag.REFUSED: "Not scored, so it may show anything: read right after the urgent films.",
        None: "Not scored yet: until then right after the urgent films.",
        Flag.REVIEW: "Review: after the urgent films, children first, then the highest probability.",
        Flag.ROUTINE: "Routine: after all others, children first, then the highest probability.",
    }[flag]
