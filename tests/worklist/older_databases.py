"""Databases as earlier versions of the program left them, with rows of every kind."""

import datetime
from typing import Any

import sqlalchemy
from made_cases import ADULT, CHILD, UNKNOWN
from sqlalchemy import Engine, MetaData, text

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.worklist.store.migrations import BEFORE_ALEMBIC, bring_to

MONDAY = datetime.datetime(2024, 5, 6, 12, 30, 15, 123456, tzinfo=datetime.UTC)


def scored(
    number: int, flag: Flag, probability: float | None, population: Population | None
) -> dict[str, Any]:
    """A row of the first schema that is scored."""
    said = {
        "low": 0.25,
        "high": 0.75,
        "heat": bytes(8),
        "heat_rows": 2,
        "heat_contour": 0.5,
        "population": population,
        "probability": probability,
    }
    return {
        "state": "scored",
        "scored_at": MONDAY + datetime.timedelta(minutes=number),
        "flag": flag,
        "reasons": [{"code": "blank", "sentence": "The film is blank."}],
        "thumbnail": b"\xff\xd8jpeg",
        "bundle_version": "made-01234567",
        "seconds": 0.04,
        **({} if probability is None else said),
    }


ROWS: list[dict[str, Any]] = [
    {},
    # Turned round: waits again, and the moment of its first score was left.
    {"turned": True, "scored_at": MONDAY, "thumbnail": b"\xff\xd8jpeg", "stated": ADULT},
    *(scored(number, Flag.URGENT, 0.8 + number / 100, CHILD) for number in (3, 4)),
    scored(5, Flag.URGENT, 0.99, ADULT),
    scored(6, Flag.REVIEW, 0.4, CHILD),
    scored(7, Flag.ROUTINE, 0.0, CHILD),
    scored(8, Flag.ROUTINE, 0.2, ADULT),
    scored(9, Flag.REFUSED, None, None),
    scored(10, Flag.REFUSED, None, None) | {"stated": ADULT},
    scored(11, Flag.URGENT, 0.9, CHILD) | {"set_aside_at": MONDAY},
    {"stated": UNKNOWN, "name": "胸部 ^ 'quoted'.png"},
]


def fill(engine: Engine) -> None:
    """Give a database the first schema and rows of every kind."""
    with engine.begin() as connection:
        bring_to(connection, BEFORE_ALEMBIC)
        cases = sqlalchemy.Table("cases", MetaData(), autoload_with=connection)
        for number, changes in enumerate(ROWS, start=1):
            values = {
                "sha256": f"{number:064x}",
                "name": f"{number}.png",
                "stated": CHILD,
                "state": "waiting",
                "arrived_at": MONDAY + datetime.timedelta(seconds=number),
                "reasons": [],
                **changes,
            }
            for column in ("arrived_at", "scored_at", "set_aside_at"):
                if column in values:
                    values[column] = values[column].replace(tzinfo=None)
            connection.execute(cases.insert().values(values))


def forget_alembic(engine: Engine) -> None:
    """Leave a database as the program did before it knew Alembic."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))


def forget_turning(engine: Engine) -> None:
    """Leave a database as the program did before films could be inverted."""
    forget_alembic(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE cases DROP COLUMN turned"))
