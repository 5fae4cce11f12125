"""The order of the worklist: a pure function of what is known of a film and of the clock."""

from dataclasses import dataclass

from cxr.triage.flag import Flag

# A film that was refused, or not scored yet, may show anything: it comes right after the urgent ones.
LANES = {Flag.URGENT: 0, Flag.REFUSED: 1, None: 1, Flag.REVIEW: 2, Flag.ROUTINE: 3}


@dataclass(frozen=True, slots=True, order=True)
class Priority:
    """Where a film stands in the worklist; the smallest is read first. Compared field by field."""

    lane: int
    rank: float
    waiting_since: float
    number: int

    @property
    def overdue(self) -> bool:
        """Whether the film has waited longer than the cap."""
        return self.lane == OVERDUE


OVERDUE = -1


def priority(
    flag: Flag | None,
    probability: float | None,
    waiting_since: float,
    number: int,
    *,
    now: float,
    cap_seconds: float,
) -> Priority:
    """Place a film in a strict total order.

    A film that has waited longer than the cap comes before every one that has not, the longest wait
    first, so that nothing sinks for ever. The others come by flag, within a flag by probability, then by
    waiting time.

    Parameters
    ----------
    flag
        Nothing where the film is not scored yet.
    waiting_since, now
        Seconds of one clock.
    number
        Number of the case, which breaks the last tie.
    """
    if now - waiting_since > cap_seconds:
        return Priority(OVERDUE, waiting_since, waiting_since, number)
    return Priority(LANES[flag], -(probability or 0.0), waiting_since, number)


def why(flag: Flag | None, place: Priority) -> str:
    """Say in words why a film stands where it does."""
    if place.overdue:
        return "Waited too long: read before all others."
    return {
        Flag.URGENT: "Urgent: highest probability first.",
        Flag.REFUSED: "Not scored, so it may show anything: read right after the urgent films.",
        None: "Not scored yet: until then right after the urgent films.",
        Flag.REVIEW: "Review: after the urgent films, highest probability first.",
        Flag.ROUTINE: "Routine: after all others, highest probability first.",
    }[flag]
