"""What a site's worklist shows of the days up to now: the figures of `cxr monitor`, for a page."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cxr.site.monitor import Monitoring, Queue, monitor
from cxr.site.period import Period
from cxr.site.reference import Reference, latest_network, reference_of
from cxr.triage.flag import Flag
from cxr.worklist.reading.monitored import MonitoredFilm
from cxr.worklist.worklist import Worklist

REFERENCE_DAYS = 90
"""Days before the period whose films are the reference."""


@dataclass(frozen=True, slots=True)
class DayOfFilms:
    """Films accepted on a day of this machine's time zone, by flag; None for those without a result."""

    date: datetime.date
    films: dict[Flag | None, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A period's figures, and its films day by day."""

    monitoring: Monitoring
    days: tuple[DayOfFilms, ...]


def watch_over(
    worklist: Worklist, days: int, now: datetime.datetime, least_agreement: float | None = None
) -> Watched:
    """Measure the days before a moment against the 90 days before them."""
    period = Period.before(now, days)
    films = worklist.monitored.films(period.since, period.until)
    reference = reference_before(worklist, period, REFERENCE_DAYS, latest_network(films))
    return Watched(measured(worklist, period, films, reference, least_agreement), films_by_day(films, period))


def reference_before(worklist: Worklist, period: Period, days: int, network: str | None) -> Reference | None:
    """Take the films of the days before a period that a network scored; None without a network."""
    if network is None:
        return None
    before = Period.before(period.since, days)
    return reference_of(worklist.monitored.films(before.since, before.until), network, before)


def measured(
    worklist: Worklist,
    period: Period,
    films: Sequence[MonitoredFilm],
    reference: Reference | None,
    least_agreement: float | None,
) -> Monitoring:
    """Measure a period of which the films are known; the parameters are those of `monitor`."""
    read = worklist.monitored.findings(period.since, period.until)
    figures = worklist.figures()
    queue = Queue(figures.waiting, figures.queue_age)
    return monitor(period, films, read, queue, latest_network(films), reference, least_agreement)


def films_by_day(films: Sequence[MonitoredFilm], period: Period) -> tuple[DayOfFilms, ...]:
    """Count the films of each day, also of those that brought none."""
    counts: dict[datetime.date, Counter[Flag | None]] = {}
    for film in films:
        counts.setdefault(film.arrived_at.astimezone().date(), Counter())[film.flag] += 1
    first = period.since.astimezone().date()
    last = period.until.astimezone().date()
    dates = (first + datetime.timedelta(days=day) for day in range((last - first).days + 1))
    return tuple(DayOfFilms(date, dict(counts.get(date, {}))) for date in dates)
