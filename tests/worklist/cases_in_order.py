"""Cases drawn at random, and the order of reading that the program owes them."""

import datetime
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from made_cases import ADA, made_row
from sqlalchemy import delete

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency, priority, priority_key
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import CaseRow, FilmRow

NOW = datetime.datetime(2024, 5, 6, 12, tzinfo=datetime.UTC)
CAP = datetime.timedelta(hours=24)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)

on_both_databases = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def any_case(draw: st.DrawFn) -> dict[str, Any]:
    """What a row may hold that bears upon its place; few different values, so that ties are common."""
    flag = draw(st.sampled_from([*Flag, None]))
    is_scored = flag not in (Flag.REFUSED, None)
    around_the_cap = st.sampled_from([CAP - SECOND, CAP, CAP + SECOND])
    waited = draw(around_the_cap | st.sampled_from([0, 1, 23, 30]).map(lambda hours: hours * HOUR))
    closed = draw(st.sampled_from(["read_at", "dismissed_at", *[None] * 8]))
    return {
        "flag": flag,
        "probability": draw(st.sampled_from([0.0, 0.1 + 0.2, 0.5, 1.0])) if is_scored else None,
        "population": draw(st.sampled_from(Population)) if is_scored else None,
        "stated": draw(st.sampled_from(Population)),
        "raised": draw(st.sampled_from([*Urgency, None, None])),
        "reader": draw(st.sampled_from([ADA, None])),
        "scored_at": NOW if flag else None,
        "arrived_at": NOW - waited,
        **({closed: NOW} if closed else {}),
    }


def put(database: Database, cases: Sequence[dict[str, Any]]) -> None:
    """Replace all cases of a database."""
    with database.writing() as session:
        session.execute(delete(FilmRow))
        session.execute(delete(CaseRow))
        session.add_all(made_row(number, **values) for number, values in enumerate(cases, start=1))


def sorted_by_priority(cases: Sequence[dict[str, Any]]) -> list[int]:
    """Numbers of the open cases in the order that `cxr.triage.priority` defines."""

    def place(number: int) -> Any:
        case = cases[number - 1]
        population = case["population"] or case["stated"]
        stands = priority_key(case["flag"], case["probability"], population, case["raised"])
        since = case["arrived_at"].timestamp()
        return priority(stands, since, number, now=NOW.timestamp(), cap_seconds=CAP.total_seconds())

    still_open = [
        number
        for number, case in enumerate(cases, start=1)
        if not case.get("read_at") and not case.get("dismissed_at")
    ]
    return sorted(still_open, key=place)
