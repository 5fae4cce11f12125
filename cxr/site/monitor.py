"""Monitoring of one hospital: what came in during a period, how flags fit findings, how scores drift."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr.evidence.as_json import AsJson
from cxr.film import Population
from cxr.measure.drift import Drift, Verdict, compare
from cxr.model.released import network_of
from cxr.site.agreement import Agreement, agreement, agreement_by_population
from cxr.site.period import Period
from cxr.site.reference import Reference, reference_of
from cxr.triage.flag import Flag
from cxr.triage.words import POPULATION_WORDS
from cxr.worklist.reading.monitored import MonitoredFilm, ReadCase


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the period: films accepted, by flag; agreement in the cases read."""

    period: Period
    films: int
    flags: dict[Flag, int]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Inflow:
    """Films accepted in the period.

    Attributes
    ----------
    flags
        Films that have a result, by flag.
    refusals
        Refused films by the codes of their reasons.
    scored, waiting
        Films with a result; films without, of cases that are not dismissed.
    median_seconds, late_seconds
        From accepted to scored: median and 95th percentile, of films that a worker scored.
    """

    films: int
    films_a_day: float
    flags: dict[Flag, int]
    refusals: dict[str, int]
    scored: int
    waiting: int
    median_seconds: float | None
    late_seconds: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Films that wait now, whatever the period, and the seconds for which the oldest has waited."""

    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Monitoring(AsJson):
    """What a period shows.

    Attributes
    ----------
    network
        That scored the latest film; only its films are compared. None if none was scored.
    other_networks
        Scored films of the period that are not compared because another network scored them.
    reference
        What drift is measured against, in words.
    drift
        Of logits, by population.
    agreement
        Of all cases read in the period, and by population.
    alarms
        What a person has to look at, one line each.
    """

    period: Period
    inflow: Inflow
    queue: Queue
    network: str | None
    other_networks: int
    reference: str
    drift: dict[Population, Drift]
    agreement: Agreement
    by_population: dict[Population, Agreement]
    weeks: tuple[Week, ...]
    alarms: tuple[str, ...]


def monitor(
    period: Period,
    films: Sequence[MonitoredFilm],
    read: Sequence[ReadCase],
    queue: Queue,
    network: str | None,
    reference: Reference | None,
    least_agreement: float | None = None,
) -> Monitoring:
    """Measure a period.

    Parameters
    ----------
    films, read
        Accepted and read in the period.
    network
        That scored the latest of the films.
    reference
        Of the same network; None where no film was scored.
    least_agreement
        Share under which agreement raises an alarm, once its whole interval lies there.
    """
    by_population = agreement_by_population(read)
    whole = agreement(read)
    drift = _drift(films, network, reference, period)
    return Monitoring(
        period=period,
        inflow=_inflow(films, period),
        queue=queue,
        network=network,
        other_networks=sum(
            bool(
                film.logit is not None and film.bundle_version and network_of(film.bundle_version) != network
            )
            for film in films
        ),
        reference=str(Period(reference.since, reference.until)) if reference else "none: no film was scored",
        drift=drift,
        agreement=whole,
        by_population=by_population,
        weeks=tuple(_week(week, films, read) for week in period.weeks()),
        alarms=tuple(_alarms(whole, drift, least_agreement)),
    )


def _drift(
    films: Sequence[MonitoredFilm], network: str | None, reference: Reference | None, period: Period
) -> dict[Population, Drift]:
    if network is None or reference is None:
        return {}
    now = reference_of(films, network, period)
    return {
        population: compare(reference.of(population), now.of(population))
        for population in Population
        if population in now.logits or population in reference.logits
    }


def _inflow(films: Sequence[MonitoredFilm], period: Period) -> Inflow:
    # A file of which nothing is kept is refused as it arrives, by no worker.
    seconds = [
        (film.scored_at - film.arrived_at).total_seconds()
        for film in films
        if film.scored_at and film.scored_at > film.arrived_at
    ]
    return Inflow(
        films=len(films),
        films_a_day=len(films) / period.days,
        flags=_flags(films),
        refusals=dict(
            Counter(
                code for film in films if film.flag is Flag.REFUSED for code in film.reasons
            ).most_common()
        ),
        scored=sum(film.flag is not None for film in films),
        waiting=sum(film.waits for film in films),
        median_seconds=float(np.median(seconds)) if seconds else None,
        late_seconds=float(np.quantile(seconds, 0.95)) if seconds else None,
    )


def _flags(films: Sequence[MonitoredFilm]) -> dict[Flag, int]:
    counts = Counter(film.flag for film in films)
    return {flag: counts[flag] for flag in Flag}


def _week(week: Period, films: Sequence[MonitoredFilm], read: Sequence[ReadCase]) -> Week:
    some = [film for film in films if week.holds(film.arrived_at)]
    return Week(week, len(some), _flags(some), agreement([case for case in read if week.holds(case.read_at)]))


def _alarms(whole: Agreement, drift: dict[Population, Drift], least: float | None) -> list[str]:
    alarms = []
    if least is not None and whole.under(least):
        alarms.append(
            f"Agreement of readers with flags is {whole.share}, under {least:g} with its whole interval. "
            "Look at the cases in which they differ, and test the model again with 'cxr acceptance'."
        )
    return alarms + [
        f"Scores have drifted (age group: {POPULATION_WORDS[population]}). Find out what changed: machine, "
        "processing, patients or model; then test the model again with 'cxr acceptance'."
        for population, found in drift.items()
        if found.verdict is Verdict.DRIFTED
    ]
