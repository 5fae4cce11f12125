"""Does the ranking help? A reading queue simulated: first come first served, ranked, ranked with a cap.

A simulation is calculated from assumptions; it is not an observation of a clinic. The assumptions:

* Films arrive as a Poisson process with one rate during the reading hours and another outside them.
* The model raises each flag as often as was measured, independently from film to film.
* Within a flag the order is drawn at random for positives and negatives alike. The model does know a little
  more than that, and gets no credit for it.
* Nobody raises the priority of a film, and readers work throughout the reading hours.

Idea and remedy follow Baltruschat 2020 (doi 10.1007/s00330-020-07480-7): ranking shortens the mean wait for
urgent findings, but those that the model misses are read last; a cap on the waiting time corrects that.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from cxr.film import Population
from cxr.film.counted import counted
from cxr.triage.clinic import HOURS_A_DAY, Clinic, ClinicError, FlagShares, ReadingTime
from cxr.triage.flag import Flag
from cxr.triage.reading_queue import ReadingQueue, SimulatedFilm
from cxr.triage.waits import Comparison, Order, OverRepeats, Truth, Waits

HOUR = 3600.0
SECONDS_A_DAY = HOURS_A_DAY * HOUR
FLAGS = tuple(Flag)


class Arrivals:
    """The films of one repeat, drawn day by day from one generator and kept for the next order."""

    def __init__(self, clinic: Clinic, shares: Mapping[Population, FlagShares], repeat: int) -> None:
        self._clinic = clinic
        self._shares = shares
        self._generator = np.random.default_rng([clinic.seed, repeat])
        self._films: list[SimulatedFilm] = []
        self._days = 0

    def __iter__(self) -> Iterator[SimulatedFilm]:
        """All films in order of arrival, without end."""
        for index in itertools.count():
            while index >= len(self._films):
                self._films += self._draw_day()
            yield self._films[index]

    def _draw_day(self) -> list[SimulatedFilm]:
        clinic, generator = self._clinic, self._generator
        count = int(generator.poisson(clinic.films_per_day))
        hours = np.sort(self._hours(count)) + HOURS_A_DAY * self._days
        self._days += 1
        child = generator.random(count) < clinic.children_share
        positive = generator.random(count) < clinic.prevalence
        flag_draws, within_flag = generator.random(count), generator.random(count)
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
                    probability=float(within_flag[i]),
                    positive=bool(positive[i]),
                    reading_seconds=float(seconds[i]),
                )
            )
        return films

    def _hours(self, count: int) -> np.ndarray:
        """Draw times of arrival in hours since midnight."""
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
    """Simulate a clinic that reads films in one order.

    Films keep arriving until all that count are read, so that a film read very late is counted too.

    Parameters
    ----------
    films
        In order of arrival; may be infinite.

    Returns
    -------
    Seconds from arrival to the start of reading, by film number, for films that arrived on days that count.
    """
    coming = iter(films)
    upcoming = next(coming, None)
    queue = ReadingQueue(_cap(clinic, order))
    readers_free_at = [0.0] * clinic.readers
    waited: dict[int, float] = {}
    begin = clinic.warm_up_days * SECONDS_A_DAY
    end = begin + clinic.days * SECONDS_A_DAY
    unread = 0
    while True:
        now = readers_free_at[0]
        if upcoming and not queue:
            now = max(now, upcoming.arrived)
        now += _until_open(clinic, now)
        while upcoming and upcoming.arrived <= now:
            queue.add(upcoming)
            unread += begin <= upcoming.arrived < end
            upcoming = next(coming, None)
        if not queue or (not unread and (upcoming is None or upcoming.arrived >= end)):
            return waited
        film = queue.take(now)
        if begin <= film.arrived < end:
            waited[film.number] = now - film.arrived
            unread -= 1
        heapq.heapreplace(readers_free_at, now + film.reading_seconds)


def simulate(
    clinic: Clinic,
    shares: Mapping[Population, FlagShares],
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare the three orders on the same films: same arrivals, truths, flags and reading times.

    Parameters
    ----------
    shares
        How often the model raises each flag in each population of the clinic.
    progress
        Called with the number of runs done and the number of all runs.

    Raises
    ------
    ClinicError
        If a population was not measured, or a repeat is too short to hold films of both truths.
    """
    if missing := [population for population in clinic.populations if population not in shares]:
        raise ClinicError(
            f"The model was not measured on {missing[0]} films: change the share of children, or "
            "measure it with 'python -m cxr evidence'."
        )
    found: dict[tuple[Order, Truth], list[np.ndarray]] = {
        pair: [] for pair in itertools.product(Order, Truth)
    }
    for repeat in range(clinic.repeats):
        arrivals = Arrivals(clinic, shares, repeat)
        for done, order in enumerate(Order, start=repeat * len(Order) + 1):
            waited = read_films(arrivals, clinic, order)
            films = itertools.islice(arrivals, max(waited, default=-1) + 1)
            positive = {film.number: film.positive for film in films}
            for truth in Truth:
                hours = [waited[n] / HOUR for n in sorted(waited) if positive[n] == (truth is Truth.POSITIVE)]
                found[order, truth].append(np.array(hours))
            if progress:
                progress(done, clinic.repeats * len(Order))
    if not all(len(hours) for of_repeats in found.values() for hours in of_repeats):
        raise ClinicError(
            f"In {counted(clinic.days, 'day')} with {counted(clinic.films_per_day, 'film')} a day and a "
            f"prevalence of {clinic.prevalence:g} there may be no film with, or none without "
            "pneumonia: simulate more days."
        )
    return Comparison(clinic, tuple(_waits(*pair, of_repeats) for pair, of_repeats in found.items()))


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
    """Seconds after which a film is read before others; minus infinity reads in order of arrival."""
    if order is Order.CAPPED:
        return clinic.cap_hours * HOUR
    return math.inf if order is Order.RANKED else -math.inf


def _until_open(clinic: Clinic, now: float) -> float:
    """Seconds until the reading hours begin, 0 within them."""
    time = now % SECONDS_A_DAY
    if clinic.opens * HOUR <= time < clinic.closes * HOUR:
        return 0.0
    return (clinic.opens * HOUR - time) % SECONDS_A_DAY


def _drawn(shares: Mapping[Flag, float], draw: float) -> Flag:
    """The flag into whose share a number from 0 to 1 falls."""
    for flag in FLAGS:
        draw -= shares.get(flag, 0.0)
        if draw < 0:
            return flag
    return max(shares, key=shares.__getitem__)
