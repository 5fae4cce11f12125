"""The clinic whose queue is simulated: how films arrive and are read, and how the model flags them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Population
from cxr.film.counted import counted
from cxr.triage.flag import Flag

HOURS_A_DAY = 24
FULLEST = 0.98
"""Highest load of the readers: closer to 1, the queue does not settle in a run of practical length."""
MOST_FILMS = 2_000_000
FEWEST_REPEATS = 6
"""With fewer, agreement among repeats may always be chance (see `OverRepeats.sign`)."""


class ClinicError(ValueError):
    """A clinic that cannot be simulated; names the value and the remedy."""


class ReadingTime(StrEnum):
    """Distribution of reading times.

    Lognormal: never negative, most short and a few long, as found for the durations of operations (May, Strum
    and Vargas 2000, Decision Sciences 31(1)); no reading times of a clinic were available.
    Exponential: the case for which queueing theory has a formula.
    """

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class FlagShares:
    """How often the model raises each flag on the films of one population, as measured.

    The shares among positives give its sensitivity at both operating points, those among negatives its
    specificity, and both include refusals.

    Raises
    ------
    ClinicError
        If the shares among positives or negatives do not add up to 1.
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
    """A clinic, and how long and how often it is simulated. For the model, see `FlagShares`.

    The defaults describe a small clinic whose single reader just keeps up: the queue grows every night and on
    busy days. They are assumptions, to be replaced by a clinic's own figures.

    Attributes
    ----------
    films_per_day
        Mean of all films that arrive in 24 hours, as a Poisson process.
    outside_share
        Share of them that arrive outside the reading hours. The rate is constant within and outside.
    opens, closes
        Reading hours, in hours since midnight. A reading begun before closing is finished.
    readers
        Number of people reading at the same time.
    reading_minutes
        Mean time from one film to the next including the reader's other work: five minutes in an analysis of
        100,000 patients (Proc. SPIE 152, 1978, doi 10.1117/12.938177).
    reading_spread
        Standard deviation of lognormal reading times divided by their mean.
    prevalence
        Share of films with pneumonia.
    children_share
        Share of films of children; the others are of adults.
    cap_hours
        How long a film may wait before it is read before all others.
    days, warm_up_days
        Days whose arrivals count, and days before them that do not, as the first starts with an empty queue.
    repeats
        Runs with different random draws, from which the 95 % intervals are computed.

    Raises
    ------
    ClinicError
        If a value is impossible, or the readers cannot keep up.
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
                f"Reading {counted(self.films_per_day, 'film')} a day at "
                f"{counted(self.reading_minutes, 'minute')} each takes {self._work_hours:.1f} hours a day, "
                f"but {counted(self.readers, 'reader')} working from {self.opens:g} to {self.closes:g} "
                f"o'clock can give {self.readers * self.reading_hours:.1f}: "
                f"{'the queue never empties' if self.load >= 1 else 'too close for the queue to settle'}. "
                f"{counted(self._readers_needed, 'reader')} would be enough."
            )
        films = self.films_per_day * (self.days + self.warm_up_days) * self.repeats
        if films > MOST_FILMS:
            raise ClinicError(
                f"{films:,.0f} films are too many to simulate: reduce the days, repeats or films a day to "
                f"at most {MOST_FILMS:,} films."
            )

    @property
    def reading_hours(self) -> float:
        """Length of the reading hours."""
        return self.closes - self.opens

    @property
    def load(self) -> float:
        """Share of the readers' hours spent on reading."""
        return self._work_hours / (self.readers * self.reading_hours)

    @property
    def populations(self) -> tuple[Population, ...]:
        """Populations that its films show."""
        shares = {Population.ADULT: 1 - self.children_share, Population.CHILD: self.children_share}
        return tuple(population for population, share in shares.items() if share > 0)

    @property
    def summary(self) -> str:
        """One line that describes the clinic."""
        return (
            f"{counted(self.films_per_day, 'film')} a day, {100 * self.prevalence:.3g} % with pneumonia and "
            f"{100 * self.children_share:.3g} % of children; {counted(self.readers, 'reader')} from "
            f"{self.opens:g} to {self.closes:g} o'clock, busy {100 * self.load:.0f} % of that time; cap "
            f"{self.cap_hours:g} h; {counted(self.days, 'day')}, {counted(self.repeats, 'repeat')}"
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
                f"Prevalence must be over 0 and under 100 %, not {100 * self.prevalence:.0f} %: films with "
                "and without pneumonia are compared."
            )
        if self.closes <= self.opens:
            raise ClinicError(
                f"The reading hours, {self.opens:g} to {self.closes:g} o'clock, must end after they begin."
            )
        if self.reading_hours == HOURS_A_DAY and self.outside_share > 0:
            raise ClinicError(
                "With reading round the clock no film arrives outside the reading hours: set the share "
                f"outside to 0, not {self.outside_share}."
            )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
