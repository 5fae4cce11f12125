import datetime
from collections.abc import Callable
from itertools import product

import pytest
from made_cases import ADA, ADULT, BEN, CHILD, UNKNOWN, made_row

from cxr.triage.flag import Flag
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import RankedList
from cxr.worklist.store.database import Database

NOW = datetime.datetime(2024, 5, 6, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
FLAGS = [*Flag, None]


@pytest.fixture
def ranked(url: str) -> RankedList:
    """A list with a case of every flag, population, reader and view."""
    database = Database(url)
    cases = product(FLAGS, (CHILD, ADULT, None), (ADA, None), ListView)
    with database.writing() as session:
        for number, (flag, population, reader, list_view) in enumerate(cases, start=1):
            is_read = list_view is ListView.READ
            row = made_row(
                number,
                NOW - number * HOUR,
                name=f"Film_{number}%.PNG",
                flag=flag,
                scored_at=NOW if flag else None,
                population=population,
                stated=UNKNOWN,
                reader=reader or (BEN if is_read else None),
                read_at=NOW if is_read else None,
                finding=Finding.OTHER if is_read else None,
                dismissed_at=NOW if list_view is ListView.DISMISSED else None,
                patient="a" * 32 if number % 2 else None,
            )
            session.add(row)
    return RankedList(database, cap=datetime.timedelta(days=365))


def shown(ranked: RankedList, wanted: Filter) -> set[int]:
    page = ranked.page(wanted, limit=1000, now=NOW)
    assert page.total == len(page.rows)
    return {row.case.number for row in page.rows}


def all_cases(ranked: RankedList) -> list[Case]:
    return [
        row.case for list_view in ListView for row in ranked.page(Filter(list_view), limit=1000, now=NOW).rows
    ]


def is_on(case: Case, list_view: ListView) -> bool:
    if case.dismissed_at:
        return list_view is ListView.DISMISSED
    return list_view is (ListView.READ if case.report else ListView.TO_READ)


PARTS: list[tuple[Filter, Callable[[Case], bool]]] = [
    (Filter(), lambda case: True),
    *[(Filter(flags=frozenset({flag})), lambda case, flag=flag: case.flag is flag) for flag in FLAGS],
    (Filter(flags=frozenset({None, Flag.URGENT})), lambda case: case.flag in (None, Flag.URGENT)),
    (Filter(populations=frozenset({CHILD})), lambda case: case.population is CHILD),
    (Filter(populations=frozenset({UNKNOWN})), lambda case: case.population is UNKNOWN),
    (Filter(arrived_from=NOW - 5 * HOUR), lambda case: case.number <= 5),
    (Filter(patient="a" * 32), lambda case: case.patient is not None),
    (Filter(text="aD"), lambda case: case.reader == ADA),
    (Filter(text=" film_7%.png "), lambda case: case.number == 7),
    (Filter(text="#7"), lambda case: case.number == 7),
    (Filter(text="7"), lambda case: "7" in case.name),
    (Filter(text="_7"), lambda case: case.name.startswith("Film_7")),
    (Filter(text="m%"), lambda case: False),
    (Filter(text="#"), lambda case: False),
    (Filter(text="#99999999999999999999999"), lambda case: False),
    (Filter(text="'; DROP TABLE cases; --"), lambda case: False),
    (
        Filter(text="film", flags=frozenset({Flag.REVIEW}), populations=frozenset({ADULT, UNKNOWN})),
        lambda case: case.flag is Flag.REVIEW and case.population is not CHILD,
    ),
]


def test_each_filter_shows_what_it_says_on_each_view(ranked: RankedList) -> None:
    cases = all_cases(ranked)
    assert len(cases) == len(FLAGS) * 3 * 2 * 3

    for (wanted, lets_through), list_view in product(PARTS, ListView):
        in_view = Filter(
            **{name: getattr(wanted, name) for name in wanted.__slots__} | {"list_view": list_view}
        )
        expected = {case.number for case in cases if is_on(case, list_view) and lets_through(case)}
        assert shown(ranked, in_view) == expected, in_view


def test_films_to_read_are_filtered_by_their_state(ranked: RankedList) -> None:
    to_read = [case for case in all_cases(ranked) if is_on(case, ListView.TO_READ)]

    for states in ([State.WAITING], [State.SCORED], [State.IN_READING], [State.WAITING, State.IN_READING]):
        expected = {case.number for case in to_read if case.state in states}
        assert expected and shown(ranked, Filter(states=frozenset(states))) == expected


@pytest.mark.parametrize(
    "text", ["#99999999999", "#2147483648", "#0", "zero\0byte", "half\udce4sign", "²", "#²"]
)
def test_a_number_that_no_case_has_and_odd_characters_show_nothing(ranked: RankedList, text: str) -> None:
    assert shown(ranked, Filter(text=text)) == set()


def test_a_filter_knows_whether_it_shows_everything() -> None:
    assert all(Filter(list_view).shows_all for list_view in ListView)
    assert not any(wanted.shows_all for wanted, _ in PARTS[1:])
