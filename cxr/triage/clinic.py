"""The clinic that a queue is simulated for: how films arrive and are read, and how the network flags them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Population
from cxr.triage.flag import Flag

HOURS_A_DAY = 24
FULLEST = 0.98
"""Most of their hours that readers may be busy: nearer to 1, the queue settles in no run of any length."""
MOST_FILMS = 2_000_000
FEWEST_REPEATS = 6
"""Fewer cannot agree more than they would by chance (see `OverRepeats.sign`)."""


class ClinicError(ValueError):
    """A clinic that cannot be simulated: names the value and what to do about it."""


class ReadingTime(StrEnum):
    """How reading times are spread round their mean.

    Lognormal: never negative, most of them short and a few long, as durations of operations were found to be
    (May, Strum and Vargas 2000, Decision Sciences 31(1)); no clinic's own times of reading were at hand.
    Exponential: the case that queueing theory has a formula for.
    """

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class FlagShares:
    """How often the network raises each flag on the films of one population, as it was measured.

    The shares of the positives hold its sensitivity at both operating points, those of the negatives its
    specificity, and both its refusals.

    Raises
    ------
    ClinicError
        Where the shares of a truth do not add up to 1.
    """

    positives: Mapping[Flag, float]
    negatives: Mapping[Flag, float]

    def __post_init__(self) -> None:
        for name, shares in (("positives", self.positives), ("negatives", self.negatives)):
            if min(shares.values(), default=0) < 0 or not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
                raise ClinicError(
                    f"Shares of flags among {name} must be 0 or more and add up to 1, not {dict(shares)}: "
                    "measure the model again."
                )


@dataclass(frozen=True, slots=True)
class Clinic:
    """A clinic, and how long and how often it is simulated. All but the network: see `FlagShares`.

    The defaults are a small clinic with one reader that keeps up, with little to spare: its queue grows every
    night and on busy days. They are assumptions, to be replaced by one's own figures.

    Attributes
    ----------
    films_per_day
        Mean of all films that arrive in 24 hours, as a Poisson process.
    outside_share
        Share of them that arrive outside the reading hours. Within and outside, the rate is constant.
    opens, closes
        Reading hours, in hours since midnight. A film that was begun is read to its end.
    readers
        How many people read at the same time.
    reading_minutes
        Mean time from one film to the next, the reader's other work included: five minutes in an analysis of
        100,000 patients (Proc. SPIE 152, 1978, doi 10.1117/12.938177).
    reading_spread
        Standard deviation of lognormal reading times over their mean.
    prevalence
        Share of films with pneumonia.
    children_share
        Share of films that show children; the others show adults.
    cap_hours
        How long a film may wait before it comes before all others.
    days, warm_up_days
        Days whose arrivals count, and days before them that do not: the first one starts with an empty queue.
    repeats
        Runs with other draws, over which the 95 % intervals are.

    Raises
    ------
    ClinicError
        Where a value is impossible, or the readers cannot keep up.
    """

    films_per_day: float = 115
    outside_share: float = 0.3
    opens: float = 8
    closes: float = 18
    readers: int = 1
    reading_minutes: float = 5
    reading_time: ReadingTime = ReadingTime.LOGNORMAL
    reading_spread: float = 0.7
    prevalence: float = 0.2
    children_share: float = 0
    cap_hours: float = 24
    days: int = 28
    warm_up_days: int = 14
    repeats: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        self._refuse_impossible()
        if not self.load <= FULLEST:
            raise ClinicError(
                f"{self.films_per_day:g} films a day at {self.reading_minutes:g} minutes each take "
                f"{self._work_hours:.1f} hours a day, and from {self.opens:g} to {self.closes:g} o'clock "
                f"{_readers(self.readers)} can give {self.readers * self.reading_hours:.1f}: "
                f"{'the queue never empties' if self.load >= 1 else 'too close for the queue to settle'}. "
                f"{_readers(self._readers_needed)} would do."
            )
        films = self.films_per_day * (self.days + self.warm_up_days) * self.repeats
        if films > MOST_FILMS:
            raise ClinicError(
                f"{films:,.0f} films are too many to simulate: lower days, repeats or films a day until "
                f"there are no more than {MOST_FILMS:,}."
            )

    @property
    def reading_hours(self) -> float:
        """Hours a day during which films are read."""
        return self.closes - self.opens

    @property
    def load(self) -> float:
        """Share of the readers' hours that reading takes."""
        return self._work_hours / (self.readers * self.reading_hours)

    @property
    def populations(self) -> tuple[Population, ...]:
        """Whom its films show."""
        shares = {Population.ADULT: 1 - self.children_share, Population.CHILD: self.children_share}
        return tuple(population for population, share in shares.items() if share > 0)

    @property
    def summary(self) -> str:
        """The clinic in a line of text."""
        return (
            f"{self.films_per_day:g} films a day, {100 * self.prevalence:.3g} % with pneumonia and "
            f"{100 * self.children_share:.3g} % of children; {_readers(self.readers)} from {self.opens:g} to "
            f"{self.closes:g} o'clock, busy {100 * self.load:.0f} % of that time; cap {self.cap_hours:g} h; "
            f"{self.days} days, {self.repeats} times"
        )

    @property
    def _work_hours(self) -> float:
        return self.films_per_day * self.reading_minutes / 60

    @property
    def _readers_needed(self) -> int:
        return math.ceil(self._work_hours / (FULLEST * self.reading_hours))

    def _refuse_impossible(self) -> None:
        for name, least, most in (
            ("outside_share", 0, 1),
            ("children_share", 0, 1),
            ("opens", 0, HOURS_A_DAY),
            ("closes", 0, HOURS_A_DAY),
            ("readers", 1, 1000),
            ("days", 1, math.inf),
            ("warm_up_days", 0, math.inf),
            ("repeats", FEWEST_REPEATS, math.inf),
            ("seed", 0, math.inf),
        ):
            if not least <= (value := getattr(self, name)) <= most:
                upper = "" if most == math.inf else f" and at most {most}"
                raise ClinicError(f"{_words(name)} must be at least {least}{upper}, not {value}.")
        for name in ("films_per_day", "reading_minutes", "reading_spread", "cap_hours"):
            if not 0 < (value := getattr(self, name)) < math.inf:
                raise ClinicError(f"{_words(name)} must be over 0 and finite, not {value}.")
        if not 0 < self.prevalence < 1:
            raise ClinicError(
                f"Prevalence must lie between 0 and 100 %, not at {self.prevalence:.0%}: without films of "
                "either kind there is nothing to compare."
            )
        if self.closes <= self.opens:
            raise ClinicError(
                f"Reading must end after it begins: {self.opens:g} to {self.closes:g} o'clock is no time."
            )
        if self.reading_hours == HOURS_A_DAY and self.outside_share > 0:
            raise ClinicError(
                f"Where films are read round the clock none arrives outside: set the share outside to 0, not "
                f"{self.outside_share}."
            )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count} readers"
