"""Does the order help? A clinic's reading queue simulated: first come, ranked, and ranked with a cap.

A simulation is a calculation from assumptions, not an observation of a clinic. What is assumed:

* Films arrive as a Poisson process with one rate in the reading hours and another outside them.
* The network raises each flag as often as it was measured to, whatever it did to the film before.
* Inside a flag it tells nothing: the order there is drawn at random, alike for positives and negatives. The
  network does know a little there, for which it gets no credit.
* Nobody raises a film by hand, and readers never leave their place in the reading hours.

The idea and the remedy are those of Baltruschat 2020 (doi 10.1007/s00330-020-07480-7): ranking shortens the
mean wait for urgent findings but lets the ones that the network misses sink; a cap brings them back.
"""

import itertools
import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import simpy

from cxr.film import Population
from cxr.triage.clinic import HOURS_A_DAY, Clinic, ClinicError, FlagShares, ReadingTime
from cxr.triage.flag import Flag
from cxr.triage.reading_queue import ReadingQueue, WaitingFilm
from cxr.triage.waits import Comparison, Order, OverRepeats, Truth, Waits

HOUR = 3600.0
SECONDS_A_DAY = HOURS_A_DAY * HOUR
FLAGS = tuple(Flag)


@dataclass(frozen=True, slots=True)
class SimulatedFilm(WaitingFilm):
    """A film with all that the draws settle beforehand, so that each order meets the very same films."""

    positive: bool
    reading_seconds: float


class Arrivals:
    """The films of one repeat, drawn day by day from one generator and kept for the next order."""

    def __init__(self, clinic: Clinic, shares: Mapping[Population, FlagShares], repeat: int) -> None:
        self._clinic = clinic
        self._shares = shares
        self._generator = np.random.default_rng([clinic.seed, repeat])
        self._films: list[SimulatedFilm] = []
        self._days = 0

    def __iter__(self) -> Iterator[SimulatedFilm]:
        """All films by arrival, without end."""
        for place in itertools.count():
            while place >= len(self._films):
                self._films += self._draw_day()
            yield self._films[place]

    def _draw_day(self) -> list[SimulatedFilm]:
        clinic, generator = self._clinic, self._generator
        count = int(generator.poisson(clinic.films_per_day))
        hours = np.sort(self._hours(count)) + HOURS_A_DAY * self._days
        self._days += 1
        child = generator.random(count) < clinic.children_share
        positive = generator.random(count) < clinic.prevalence
        flag_draws, inside_flag = generator.random(count), generator.random(count)
        seconds = self._reading_minutes(count) * 60
        films = []
        for i in range(count):
            population = Population.CHILD if child[i] else Population.ADULT
            shares = self._shares[population]
            films.append(
                SimulatedFilm(
                    number=len(self._films) + i,
                    arrived=float(hours[i]) * HOUR,
                    population=population,
                    flag=_drawn(shares.positives if positive[i] else shares.negatives, float(flag_draws[i])),
                    probability=float(inside_flag[i]),
                    positive=bool(positive[i]),
                    reading_seconds=float(seconds[i]),
                )
            )
        return films

    def _hours(self, count: int) -> np.ndarray:
        """Draw hours of the day, outside the reading hours as often as the clinic says."""
        clinic, generator = self._clinic, self._generator
        within = clinic.opens + clinic.reading_hours * generator.random(count)
        after_closing = clinic.closes + (HOURS_A_DAY - clinic.reading_hours) * generator.random(count)
        outside = generator.random(count) < clinic.outside_share
        return np.where(outside, after_closing % HOURS_A_DAY, within)

    def _reading_minutes(self, count: int) -> np.ndarray:
        mean, generator = self._clinic.reading_minutes, self._generator
        if self._clinic.reading_time is ReadingTime.EXPONENTIAL:
            return generator.exponential(mean, count)
        variance = math.log1p(self._clinic.reading_spread**2)
        return generator.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), count)


def read_films(films: Iterable[SimulatedFilm], clinic: Clinic, order: Order) -> dict[int, float]:
    """Let a clinic read films in one order.

    Films go on arriving until all that count are read: a film that sank is not forgotten.

    Parameters
    ----------
    films
        By arrival; may be without end.

    Returns
    -------
    Seconds from arrival to the beginning of reading, by number, of the films that arrived on days that count.
    """
    environment = simpy.Environment()
    queue: ReadingQueue[SimulatedFilm] = ReadingQueue(_cap(clinic, order))
    waited: dict[int, float] = {}
    # As many as films wait: a reader takes one out first, and only when at work the film that is first then.
    tickets = simpy.Container(environment)
    begin = clinic.warm_up_days * SECONDS_A_DAY
    end = begin + clinic.days * SECONDS_A_DAY
    unread = 0

    def arrive() -> Generator[simpy.Event, object, None]:
        nonlocal unread
        for film in films:
            if film.arrived >= end and not unread:
                return
            yield environment.timeout(film.arrived - environment.now)
            unread += begin <= film.arrived < end
            queue.add(film)
            tickets.put(1)

    def read() -> Generator[simpy.Event, object, None]:
        nonlocal unread
        while True:
            yield tickets.get(1)
            if closed := _until_open(clinic, environment.now):
                yield environment.timeout(closed)
            film = queue.take(environment.now)
            if begin <= film.arrived < end:
                waited[film.number] = environment.now - film.arrived
                unread -= 1
            yield environment.timeout(film.reading_seconds)

    environment.process(arrive())
    for _ in range(clinic.readers):
        environment.process(read())
    environment.run()
    return waited


def simulate(
    clinic: Clinic,
    shares: Mapping[Population, FlagShares],
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare the three orders on the same films: same arrivals, truths, flags and reading times.

    Parameters
    ----------
    shares
        How the network flags each population that the clinic sees.
    progress
        Called with how many runs are done and how many there are.

    Raises
    ------
    ClinicError
        Where a population was not measured, or a repeat is too short to hold films of both truths.
    """
    if missing := [population for population in clinic.populations if population not in shares]:
        raise ClinicError(
            f"The network was not measured on {missing[0]} films: change the share of children, or "
            "measure it with 'python -m cxr evidence'."
        )
    found: dict[tuple[Order, Truth], list[np.ndarray]] = {
        pair: [] for pair in itertools.product(Order, Truth)
    }
    for repeat in range(clinic.repeats):
        arrivals = Arrivals(clinic, shares, repeat)
        for done, order in enumerate(Order, start=repeat * len(Order) + 1):
            waited = read_films(arrivals, clinic, order)
            for truth in Truth:
                found[order, truth].append(_hours_of(truth, waited, arrivals))
            if progress:
                progress(done, clinic.repeats * len(Order))
    if not all(len(hours) for of_repeats in found.values() for hours in of_repeats):
        raise ClinicError(
            f"{clinic.days} days with {clinic.films_per_day:g} films and a prevalence of "
            f"{clinic.prevalence:g} can pass without any film of a kind: simulate more days."
        )
    return Comparison(clinic, tuple(_waits(*pair, of_repeats) for pair, of_repeats in found.items()))


def _hours_of(truth: Truth, waited: Mapping[int, float], arrivals: Iterable[SimulatedFilm]) -> np.ndarray:
    positive = truth is Truth.POSITIVE
    kept = itertools.islice(arrivals, max(waited, default=-1) + 1)
    numbers = [film.number for film in kept if film.positive is positive and film.number in waited]
    return np.array([waited[number] for number in numbers]) / HOUR


def _waits(order: Order, truth: Truth, of_repeats: list[np.ndarray]) -> Waits:
    return Waits(
        order,
        truth,
        films=sum(len(hours) for hours in of_repeats),
        mean=OverRepeats(tuple(float(hours.mean()) for hours in of_repeats)),
        percentile_95=OverRepeats(tuple(float(np.percentile(hours, 95)) for hours in of_repeats)),
        longest=OverRepeats(tuple(float(hours.max()) for hours in of_repeats)),
    )


def _cap(clinic: Clinic, order: Order) -> float:
    """Seconds after which a film goes before others: with no time at all, films go by arrival."""
    if order is Order.CAPPED:
        return clinic.cap_hours * HOUR
    return math.inf if order is Order.RANKED else -math.inf


def _until_open(clinic: Clinic, now: float) -> float:
    """Seconds until films are read."""
    time = now % SECONDS_A_DAY
    if clinic.opens * HOUR <= time < clinic.closes * HOUR:
        return 0.0
    return (clinic.opens * HOUR - time) % SECONDS_A_DAY


def _drawn(shares: Mapping[Flag, float], draw: float) -> Flag:
    """Give the flag into whose share a number from 0 to 1 falls."""
    for flag in FLAGS:
        draw -= shares.get(flag, 0.0)
        if draw < 0:
            return flag
    return max(shares, key=shares.__getitem__)
