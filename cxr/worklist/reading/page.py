"""What a page of the worklist shows."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass

from cxr.triage.flag import Flag
from cxr.worklist.case import Case

LARGEST_NUMBER = 2**31 - 1
"""What a number of the database can be."""
FIRST_YEAR = 1900


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A case, its rank among all cases to read, how long it has waited, and the reason for its rank.

    The rank counts from 1 and is None if the case is read or dismissed.
    """

    rank: int | None
    case: Case
    waited: datetime.timedelta
    overdue: bool
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some cases of a list, the offset of the first, and how many there are in all."""

    rows: tuple[Ranked, ...]
    offset: int
    total: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through the cases to read has come to, at the moment when it began.

    Attributes
    ----------
    withheld
        Whether results were withheld, which gives another order.
    part
        In which part of the order it is, from 0.
    arrived_at, id, lane, age_group, rank
        Of the last case, which may have moved since: the columns that the part is ordered by, and no other.

    Raises
    ------
    ValueError
        For a place that no walk comes to: a program gives it back as it likes.
    """

    began: datetime.datetime
    withheld: bool
    part: int
    arrived_at: datetime.datetime
    id: int
    lane: int = 0
    age_group: int = 0
    rank: float = 0.0

    def __post_init__(self) -> None:
        for moment in (self.began, self.arrived_at):
            # Far from both ends of the calendar, so that neither time zones nor the waiting cap leave it.
            if moment.tzinfo is None or not FIRST_YEAR <= moment.year < datetime.MAXYEAR:
                raise ValueError("A time of this place is out of range, or without its zone.")
        numbers = self.part, self.lane, self.age_group, self.id
        if not all(0 <= number <= LARGEST_NUMBER for number in numbers) or not math.isfinite(self.rank):
            raise ValueError("A number of this place is out of range.")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases there are: to read by flag, `None` for those not scored yet, and others.

    Where flags are `withheld`, all cases to read are counted under `None`.
    """

    flags: Mapping[Flag | None, int]
    waiting: int
    in_reading: int
    overdue: int
    read: int
    dismissed: int
    withheld: bool = False

    @property
    def to_read(self) -> int:
        """Cases that nobody has read."""
        return sum(self.flags.values())
