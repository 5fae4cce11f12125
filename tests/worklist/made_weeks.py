"""Weeks of films for the tests of monitoring: scored, refused and read."""

import datetime
import math
from typing import Any

import numpy as np
from made_cases import made_row

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.worklist.case import Finding
from cxr.worklist.store.database import Database

END = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
VERSION, SITE_VERSION = "made-01234567", "made-01234567+site-89abcdef"
SECRET = "SECRET^NAME"
"""A file's name, a reader and a note that no report may hold."""


def put_weeks(url: str, films: int = 480, days: int = 120, moved_from: int = 28, moved: float = 0.0) -> None:
    """Add films of both age groups, evenly over the days before the end; some refused, some read.

    Parameters
    ----------
    moved_from, moved
        Days before the end from which logits are moved, and by how much.
    """
    random = np.random.default_rng(0)
    rows = []
    for number in range(1, films + 1):
        back = (films - number + 0.5) * days / films
        ill = bool(random.random() < 0.3)
        logit = float(random.normal(1.5 if ill else -2, 1.3)) + (moved if back < moved_from else 0.0)
        arrived = END - back * DAY
        rows.append(made_row(number, arrived, **_values(number, arrived, logit, ill)))
    with Database(url).writing() as session:
        session.add_all(rows)


def _values(number: int, arrived: datetime.datetime, logit: float, ill: bool) -> dict[str, Any]:
    who = Population.CHILD if number % 2 else Population.ADULT
    values: dict[str, Any] = {"name": SECRET, "stated": who, "population": who, "patient": "p" * 32}
    values["scored_at"] = arrived + datetime.timedelta(seconds=30)
    if number % 20 == 0:
        return values | {"flag": Flag.REFUSED, "reasons": [{"code": "inverted", "sentence": "It is."}]}
    values |= {
        "flag": Flag.URGENT if logit > 1 else Flag.REVIEW if logit > -0.5 else Flag.ROUTINE,
        "logit": logit,
        "probability": 1 / (1 + math.exp(-logit)),
        "prevalence": 0.2,
        "bundle_version": SITE_VERSION if number % 3 else VERSION,
        "age_years": 4.0 if who is Population.CHILD else None,
    }
    if number % 4 == 0:
        return values
    return values | {
        "reader": SECRET,
        "read_at": arrived + datetime.timedelta(hours=1),
        "finding": Finding.PNEUMONIA if ill else Finding.NO_PNEUMONIA,
        "note": SECRET,
        "agrees": number % 8 != 1,
    }
