"""The worklist in the order in which its films are to be read."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from cxr.triage.priority import priority, why
from cxr.worklist.case import Case


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A case with its rank, counted from 1, how long it has waited, and why it stands there."""

    rank: int
    case: Case
    waited: datetime.timedelta
    why: str


def rank(cases: Iterable[Case], now: datetime.datetime, cap: datetime.timedelta) -> list[Ranked]:
    """Put cases in the order of reading; those that waited longer than the cap come first."""
    places = [
        (
            priority(
                case.flag,
                case.probability,
                case.arrived_at.timestamp(),
                case.number,
                now=now.timestamp(),
                cap_seconds=cap.total_seconds(),
            ),
            case,
        )
        for case in cases
    ]
    places.sort(key=lambda place: place[0])
    return [
        Ranked(number, case, now - case.arrived_at, why(case.flag, place))
        for number, (place, case) in enumerate(places, start=1)
    ]
