"""What many films a day need, on paper: arithmetic on figures that were measured, and on assumptions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

from cxr.evidence.evidence import read_measured
from cxr.worklist.throughput import DatabaseFigures

FILE = "capacity.json"
DAY = 86_400
BATCH = 8
MEASURE_IT = "Measure with 'python -m cxr worklist capacity --server URL'."


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody measured here: put the figures of your own hospital, network and contract.

    Attributes
    ----------
    utilisation
        Share of a core's time in which it scores: nights are quiet, machines are renewed.
    peak
        Films in the busiest hour over those of the mean one.
    film_bytes, kept_days
        Bytes of a film as it comes (a digital radiograph, compressed without loss), and days that it is kept.
    core_hour, gb_month
        Prices.
    """

    films_a_day: int = 1_000_000
    utilisation: float = 0.6
    peak: float = 3.0
    film_bytes: float = 8e6
    kept_days: int = 30
    core_hour: float = 0.04
    gb_month: float = 0.023
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the page: what is needed, how much, and how that was calculated."""

    what: str
    how_much: str
    how: str


def read_figures(bundle: Path) -> DatabaseFigures:
    """Read what was measured of the database.

    Raises
    ------
    EvidenceError
        Where there is nothing, or another version of this program wrote it.
    """
    return read_measured(bundle / FILE, DatabaseFigures, MEASURE_IT)


def write_figures(bundle: Path, database: DatabaseFigures) -> None:
    """Write down what was measured of the database."""
    (bundle / FILE).write_text(json.dumps(asdict(database), indent=1) + "\n")


def needs(
    database: DatabaseFigures, films_per_second_a_core: float, given: Assumptions | None = None
) -> list[Need]:
    """Calculate what so many films a day need."""
    a = given or Assumptions()
    second = a.films_a_day / DAY
    cores = ceil(second / (films_per_second_a_core * a.utilisation))
    peak_cores = ceil(second * a.peak / films_per_second_a_core)
    core_hours = 24 * cores * 30
    rows = a.films_a_day * (database.case_bytes + database.audit_bytes)
    kept = a.films_a_day * a.film_bytes * a.kept_days
    stored = (kept + rows * a.kept_days) / 1e9
    parts = ceil(a.films_a_day / BATCH)
    return [
        Need("films a second, mean", f"{second:.1f}", f"{a.films_a_day:,} / {DAY:,} s"),
        Need("films a second a core", f"{films_per_second_a_core:.1f}", "measured"),
        Need(
            "cores that score",
            f"{cores:,}",
            f"{second:.1f} / ({films_per_second_a_core:.1f} × {a.utilisation:.0%}, assumed); {peak_cores:,} "
            f"to keep up with an assumed peak of {a.peak:g} × the mean",
        ),
        Need(
            "network in",
            _rate(second * a.film_bytes),
            f"{a.film_bytes / 1e6:g} MB a film, assumed, {second:.1f} a second",
        ),
        Need(
            "films kept", _size(kept), f"{a.kept_days} days of {a.film_bytes / 1e6:g} MB a film, both assumed"
        ),
        Need(
            "rows of cases",
            f"{_size(a.films_a_day * database.case_bytes)} a day",
            f"{database.case_bytes:,.0f} bytes a film, thumbnail, heat map and indexes included, measured",
        ),
        Need(
            "audit trail",
            f"{_size(a.films_a_day * database.audit_bytes)} a day",
            f"{database.audit_bytes:,.0f} bytes a film, measured; it is never thinned out",
        ),
        Need(
            "the server's log",
            f"{_size(a.films_a_day * database.wal_bytes)} a day",
            f"{database.wal_bytes:,.0f} bytes a film from the door to its score, measured",
        ),
        Need(
            "Parquet files", f"{parts:,} a day", f"{BATCH} films a part; set CXR_BATCH_SIZE for larger ones"
        ),
        Need(
            "cores, a month",
            _price(core_hours * a.core_hour, a),
            f"{core_hours:,} core-hours at {a.core_hour:g} {a.currency}, an assumed price",
        ),
        Need(
            "storage, a month",
            _price(stored * a.gb_month, a),
            f"{stored:,.0f} GB of films and rows at {a.gb_month:g} {a.currency} a GB, an assumed price",
        ),
    ]


def limits(
    database: DatabaseFigures, films_per_second_a_core: float, given: Assumptions | None = None
) -> list[Need]:
    """Calculate the most films a day that each part of the one shared worklist lets through."""
    a = given or Assumptions()
    # A transaction at the door, and a share of the one that writes down scores.
    transactions = 1 + 1 / BATCH
    rates = {
        "handing in, one process": database.accepts_alone,
        f"handing in, {database.clients} processes": database.accepts_together,
        "writing down scores, one process": database.records,
        "the audit trail's end, one process": database.lines_alone / transactions,
        f"the audit trail's end, {database.clients} processes": database.lines_together / transactions,
        "scoring, 1,000 cores": 1000 * films_per_second_a_core * a.utilisation,
    }
    return [
        Need(what, f"{rate * DAY / 1e6:.1f} million", f"{rate:,.0f} a second")
        for what, rate in sorted(rates.items(), key=lambda one: one[1])
    ]


def page(database: DatabaseFigures, films_per_second_a_core: float) -> str:
    """Write the tables of the page."""
    small = replace(Assumptions(), films_a_day=1000)
    core = ceil(small.films_a_day / DAY / (films_per_second_a_core * small.utilisation))
    return "\n\n".join(
        [
            _table(("a million films a day need", "", "from"), needs(database, films_per_second_a_core)),
            _table(("the most films a day through", "", "from"), limits(database, films_per_second_a_core)),
            f"Measured on {database.cores} cores with PostgreSQL {database.server} on the same machine, "
            f"{database.films:,} films, {database.clients} processes side by side. A clinic of "
            f"{small.films_a_day:,} films a day needs {core} core.",
        ]
    )


def _table(head: tuple[str, str, str], lines: Sequence[Need]) -> str:
    rows = [head, ("---", "---:", "---"), *((one.what, one.how_much, one.how) for one in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _size(count: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e6:.1f} MB"


def _rate(count: float) -> str:
    return f"{count * 8 / 1e9:.2f} Gbit/s"


def _price(amount: float, given: Assumptions) -> str:
    return f"{amount:,.0f} {given.currency}"
