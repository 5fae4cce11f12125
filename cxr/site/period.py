"""A period that is watched over, and its weeks."""

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass

WEEK = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """From its start, included, to its end, which is not."""

    since: datetime.datetime
    until: datetime.datetime

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise ValueError(f"A period from {self.since} to {self.until} holds nothing: end it later.")

    @classmethod
    def before(cls, until: datetime.datetime, days: int) -> "Period":
        """The days before a moment."""
        return cls(until - datetime.timedelta(days=days), until)

    @property
    def days(self) -> float:
        """Its length."""
        return (self.until - self.since) / datetime.timedelta(days=1)

    def holds(self, at: datetime.datetime) -> bool:
        """Whether a moment lies in it."""
        return self.since <= at < self.until

    def weeks(self) -> Iterator["Period"]:
        """Weeks, counted back from its end, the earliest first; the earliest may be shorter."""
        count = math.ceil((self.until - self.since) / WEEK)
        for back in range(count, 0, -1):
            since = max(self.since, self.until - back * WEEK)
            yield Period(since, self.until - (back - 1) * WEEK)

    def __str__(self) -> str:
        """Write it in this machine's time zone."""
        since, until = self.since.astimezone(), self.until.astimezone()
        return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M %Z}"


def last_days(days: int, last: datetime.date | None, now: datetime.datetime) -> Period:
    """The days up to a moment, or up to the end of a day in this machine's time zone.

    Raises
    ------
    ValueError
        Where that day has not begun.
    """
    if last is None:
        return Period.before(now.astimezone(datetime.UTC), days)
    begin, end = (
        datetime.datetime.combine(day, datetime.time.min).astimezone(datetime.UTC)
        for day in (last, last + datetime.timedelta(days=1))
    )
    if begin > now:
        raise ValueError(f"{last} has not begun yet. End the period today, or earlier.")
    return Period.before(min(end, now.astimezone(datetime.UTC)), days)
