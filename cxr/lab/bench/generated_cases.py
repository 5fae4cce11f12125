"""Cases drawn by chance, as many as wanted, to measure how fast the worklist answers. They show nobody."""

import datetime
import random
from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import insert, select

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency, priority_key
from cxr.worklist.case import Finding
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import CaseRow, FilmRow

T = TypeVar("T")

BLOCK = 5000
DAYS = 90
READ_SHARE, TAKEN_OFF_SHARE = 0.3, 0.02
"""Most of the cases are to be read: a list that long is the worst that the page can meet."""
OVERDUE_SHARE, WAITING_SHARE, IN_READING_SHARE = 0.1, 0.03, 0.02
RAISED_SHARE, PURGED_SHARE, PATIENT_SHARE = 0.01, 0.5, 0.7
FLAGS = {Flag.URGENT: 15, Flag.REVIEW: 35, Flag.ROUTINE: 46, Flag.REFUSED: 4}
PROBABILITIES = {Flag.URGENT: (0.8, 1.0), Flag.REVIEW: (0.1, 0.8), Flag.ROUTINE: (0.0, 0.1)}
POPULATIONS = {Population.CHILD: 40, Population.ADULT: 50, Population.UNKNOWN: 10}
READERS = tuple(f"Reader {letter}" for letter in "ABCDEFGH")
REASON = {"code": "not_chest", "sentence": "This is not a frontal chest film. Read it without the program."}
HEAT_SIDE = 14
# As large as those of real films; what is in them does not matter.
THUMBNAILS = tuple(random.Random(seed).randbytes(2500) for seed in range(16))
OF_CASE, OF_FILM = (
    tuple(column.key for column in row.__mapper__.columns if column.key != "id") for row in (CaseRow, FilmRow)
)


def fill(url: str, count: int, now: datetime.datetime, cap: datetime.timedelta, seed: int = 0) -> None:
    """Put made cases, without film files and without a trail, into a database that holds no case.

    Parameters
    ----------
    now, cap
        A tenth of the films to read have waited longer than the cap.
    seed
        The same seed draws the same cases.

    Raises
    ------
    ValueError
        Where the database holds a case.
    """
    database = Database(url)
    cases = _cases(random.Random(seed), now, cap)
    try:
        with database.writing() as session:
            if session.scalars(select(CaseRow.id).limit(1)).first() is not None:
                raise ValueError("This database holds cases. Name an empty one: made cases go nowhere else.")
            for start in range(0, count, BLOCK):
                block = [next(cases) for _ in range(min(BLOCK, count - start))]
                # Without `returning` PostgreSQL's driver would send row by row.
                of_case = [{name: row.get(name) for name in OF_CASE} for row in block]
                numbers = session.scalars(
                    insert(CaseRow).returning(CaseRow.id, sort_by_parameter_order=True), of_case
                )
                of_film = [
                    {name: row.get(name) for name in OF_FILM} | {"case_id": number}
                    for number, row in zip(numbers, block, strict=True)
                ]
                session.execute(insert(FilmRow).returning(FilmRow.id), of_film)
    finally:
        database.engine.dispose()


def _cases(draw: random.Random, now: datetime.datetime, cap: datetime.timedelta) -> Iterator[dict[str, Any]]:
    """Yield rows without end, the last arrived first."""
    number = 0
    while True:
        number += 1
        list_view = draw.random()
        read, off = list_view < READ_SHARE, list_view > 1 - TAKEN_OFF_SHARE
        late = read or off or draw.random() < OVERDUE_SHARE
        waited = cap + draw.random() * (datetime.timedelta(days=DAYS) - cap) if late else draw.random() * cap
        row: dict[str, Any] = _handed_in(number, draw, now - waited)
        if read or draw.random() >= WAITING_SHARE:
            row |= _said(draw, row["arrived_at"], row["stated"])
        if read:
            row |= _report(draw, now, waited)
        elif off:
            row["dismissed_at"] = now - draw.random() * waited
        elif draw.random() < IN_READING_SHARE:
            row |= {"reader": draw.choice(READERS), "claimed_at": now}
        place = priority_key(row.get("flag"), row.get("probability"), row["population"], row["raised"])
        yield row | {"lane": place.lane, "age_group": place.age_group, "rank": place.rank}


def _handed_in(number: int, draw: random.Random, arrived_at: datetime.datetime) -> dict[str, Any]:
    sha256, population = f"{draw.getrandbits(256):064x}", _one_of(POPULATIONS, draw)
    return {
        **dict.fromkeys(("key", "identity", "sha256"), sha256),
        "name": f"{draw.choice(('thorax', 'chest', 'film'))}-{number:06d}.{draw.choice(('dcm', 'png'))}",
        **dict.fromkeys(("stated", "population"), population),
        "arrived_at": arrived_at,
        "patient": f"{draw.randrange(50_000):032x}" if draw.random() < PATIENT_SHARE else None,
        "version": 2,
        "attempts": 0,
        "inverted": False,
        "reasons": [],
        "raised": Urgency.STAT if draw.random() < RAISED_SHARE else None,
    }


def _said(draw: random.Random, arrived_at: datetime.datetime, population: Population) -> dict[str, Any]:
    flag = _one_of(FLAGS, draw)
    said: dict[str, Any] = {
        "scored_at": arrived_at + datetime.timedelta(seconds=draw.uniform(1, 60)),
        "flag": flag,
        "points_for": population,
        "thumbnail": draw.choice(THUMBNAILS),
        "bundle_version": "made-00000000",
        "seconds": 0.1,
    }
    if flag is Flag.REFUSED:
        return said | {"reasons": [REASON]}
    return said | {
        "probability": draw.uniform(*PROBABILITIES[flag]),
        "prevalence": 0.2,
        "low": 0.1,
        "high": 0.8,
        "heat": bytes(2 * HEAT_SIDE * HEAT_SIDE),
        "heat_rows": HEAT_SIDE,
        "heat_contour": 0.5,
    }


def _report(draw: random.Random, now: datetime.datetime, waited: datetime.timedelta) -> dict[str, Any]:
    claimed_at = now - draw.random() * waited
    report: dict[str, Any] = {
        "reader": draw.choice(READERS),
        "claimed_at": claimed_at,
        "read_at": claimed_at + datetime.timedelta(minutes=draw.uniform(1, 10)),
        "finding": draw.choice(tuple(Finding)),
        "agrees": draw.random() < 0.9,
    }
    if draw.random() < PURGED_SHARE:
        report |= dict.fromkeys(("thumbnail", "heat", "heat_rows", "heat_contour")) | {"purged_at": now}
    return report


def _one_of(shares: dict[T, int], draw: random.Random) -> T:
    return draw.choices(tuple(shares), tuple(shares.values()))[0]
