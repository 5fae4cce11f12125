import datetime
from collections.abc import Sequence
from typing import Any

from cases_in_order import CAP, NOW, any_case, on_both_databases, put, sorted_by_priority
from hypothesis import given
from hypothesis import strategies as st
from made_cases import ADA, BEN, hand_in, in_order, now, reading, refusal, scored
from sqlalchemy import delete

from cxr.triage.flag import Flag
from cxr.triage.priority import why
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Ranked
from cxr.worklist.reading.ranked_list import EXPORT_BLOCK, RankedList
from cxr.worklist.store.database import Database
from cxr.worklist.store.schema import CaseRow, FilmRow
from cxr.worklist.worklist import Worklist

FOREVER = datetime.timedelta(days=1000)


def all_pages(ranked: RankedList, wanted: Filter, limit: int) -> list[Ranked]:
    rows: list[Ranked] = []
    while True:
        page = ranked.page(wanted, len(rows), limit, NOW)
        rows += page.rows
        if len(rows) >= page.total:
            return rows


def numbers(rows: Sequence[Ranked]) -> list[int]:
    return [row.case.number for row in rows]


@on_both_databases
@given(st.lists(any_case(), max_size=14), st.sampled_from([1, 3, 50]))
def test_all_pages_in_a_row_are_in_the_order_of_the_priority(
    database: Database, cases: list[dict[str, Any]], limit: int
) -> None:
    put(database, cases)

    rows = all_pages(RankedList(database, CAP), Filter(), limit)

    assert numbers(rows) == sorted_by_priority(cases)
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        values = cases[row.case.number - 1]
        assert row.overdue == (NOW - values["arrived_at"] > CAP)
        assert row.why == why(values["flag"], values["raised"], overdue=row.overdue)
        assert row.waited == NOW - values["arrived_at"]


@on_both_databases
@given(st.lists(any_case(), max_size=10), any_case())
def test_a_case_that_arrives_changes_the_order_of_no_others(
    database: Database, cases: list[dict[str, Any]], new: dict[str, Any]
) -> None:
    ranked = RankedList(database, CAP)
    put(database, cases)
    before = numbers(ranked.page(now=NOW).rows)

    put(database, [*cases, new])

    after = numbers(ranked.page(now=NOW).rows)
    assert [number for number in after if number != len(cases) + 1] == before


@on_both_databases
@given(st.lists(any_case(), max_size=12), st.sampled_from([*Flag, None]), st.sampled_from([1, 3, 50]))
def test_a_filtered_list_keeps_the_order_and_the_ranks_among_all(
    database: Database, cases: list[dict[str, Any]], flag: Flag | None, limit: int
) -> None:
    put(database, cases)
    order = sorted_by_priority(cases)

    rows = all_pages(RankedList(database, CAP), Filter(flags=frozenset({flag})), limit)

    assert numbers(rows) == [number for number in order if cases[number - 1]["flag"] == flag]
    assert [row.rank for row in rows] == [order.index(number) + 1 for number in numbers(rows)]


@on_both_databases
@given(st.lists(any_case(), min_size=1, max_size=10))
def test_a_single_case_knows_its_rank_and_its_neighbours(
    database: Database, cases: list[dict[str, Any]]
) -> None:
    put(database, cases)
    ranked, order = RankedList(database, CAP), sorted_by_priority(cases)

    for number in range(1, len(cases) + 1):
        single = ranked.ranked(number, NOW)
        assert single and single.case.number == number
        assert single.rank == (order.index(number) + 1 if number in order else None)


@on_both_databases
@given(st.lists(any_case(), max_size=12))
def test_the_next_to_read_is_the_first_that_nobody_has(
    database: Database, cases: list[dict[str, Any]]
) -> None:
    put(database, cases)
    ranked = RankedList(database, CAP)
    free = [number for number in sorted_by_priority(cases) if cases[number - 1]["reader"] is None]

    first = ranked.next_to_read(NOW)
    assert (first and first.number) == (free[0] if free else None)
    if first:
        second = ranked.next_to_read(NOW, after=first.number)
        assert (second and second.number) == (free[1] if len(free) > 1 else None)


@on_both_databases
@given(st.lists(any_case(), max_size=14))
def test_the_counts_are_those_of_the_list(database: Database, cases: list[dict[str, Any]]) -> None:
    put(database, cases)
    ranked = RankedList(database, CAP)

    counts = ranked.counts(NOW)

    rows = ranked.page(now=NOW).rows
    for flag in (*Flag, None):
        assert counts.flags[flag] == sum(row.case.flag is flag for row in rows)
    assert counts.to_read == len(rows)
    assert counts.waiting == sum(row.case.scored_at is None for row in rows)
    assert counts.in_reading == sum(row.case.state is State.IN_READING for row in rows)
    assert counts.overdue == sum(row.overdue for row in rows)
    assert counts.read == sum("read_at" in case for case in cases)
    assert counts.dismissed == sum("dismissed_at" in case for case in cases)


def test_a_case_rises_to_the_top_when_its_time_comes(worklist: Worklist) -> None:
    sinking = scored(worklist, said=reading(0.01))
    fresh = [scored(worklist, hand_in(worklist, seed), reading(0.9)) for seed in (1, 2)]
    at = sinking.arrived_at

    assert numbers(worklist.ranked.page(now=at + CAP).rows)[-1] == sinking.number
    first = worklist.ranked.page(now=at + CAP + datetime.timedelta(microseconds=1)).rows[0]
    assert first.case.number == sinking.number and first.overdue and "Overdue" in first.why
    late = worklist.ranked.page(now=at + FOREVER).rows
    assert numbers(late) == [sinking.number, *(case.number for case in fresh)]


def test_a_refused_film_stands_right_after_the_urgent_ones(worklist: Worklist) -> None:
    said = {"routine": reading(0.1), "review": reading(0.5), "refused": refusal(), "urgent": reading(0.9)}
    of = {
        name: scored(worklist, hand_in(worklist, seed), one).number
        for seed, (name, one) in enumerate(said.items())
    }

    assert in_order(worklist) == [of["urgent"], of["refused"], of["review"], of["routine"]]


def test_read_cases_come_with_the_last_one_first_and_without_rank(worklist: Worklist) -> None:
    cases = [worklist.desk.claim(scored(worklist, hand_in(worklist, seed)), BEN) for seed in range(3)]
    for case in (cases[1], cases[2], cases[0]):
        worklist.desk.report(case, BEN, Finding.OTHER)

    rows = worklist.ranked.page(Filter(ListView.READ), now=NOW + FOREVER).rows

    assert numbers(rows) == [cases[0].number, cases[2].number, cases[1].number]
    for row in rows:
        assert row.rank is None and not row.overdue and row.case.report
        assert row.waited == row.case.report.read_at - row.case.arrived_at


def test_cases_that_were_taken_off_come_with_the_last_one_first(worklist: Worklist) -> None:
    first, second, third = (hand_in(worklist, seed).number for seed in range(3))
    worklist.desk.dismiss([first], ADA, "Duplicate")
    worklist.desk.dismiss([third], ADA, "Duplicate")

    assert numbers(worklist.ranked.page(Filter(ListView.DISMISSED)).rows) == [third, first]
    worklist.desk.restore([first, second, third], ADA)
    assert worklist.ranked.page(Filter(ListView.DISMISSED)).total == 0


def test_a_page_behind_the_end_is_the_last_one(worklist: Worklist) -> None:
    order = [hand_in(worklist, seed).number for seed in range(5)]

    page = worklist.ranked.page(offset=100, limit=2)

    assert (numbers(page.rows), page.offset, page.total) == (order[4:], 4, 5)
    assert [row.rank for row in page.rows] == [5]


def test_an_empty_worklist_has_no_order(worklist: Worklist) -> None:
    page, counts = worklist.ranked.page(), worklist.ranked.counts()

    assert (page.rows, page.offset, page.total) == ((), 0, 0)
    assert worklist.ranked.next_to_read() is worklist.ranked.case(4711) is worklist.ranked.ranked(1) is None
    assert worklist.ranked.neighbours(1) == (None, None) and worklist.ranked.refused([1]) == []
    assert counts.to_read == counts.waiting == counts.in_reading == counts.overdue == counts.read == 0
    assert list(worklist.ranked.every(Filter())) == []


def test_an_export_goes_through_all_blocks_once(database: Database) -> None:
    one: dict[str, Any] = {"arrived_at": NOW, "population": None, "flag": None, "probability": None}
    put(database, [one] * (2 * EXPORT_BLOCK))
    ranked = RankedList(database, CAP)

    for count in (2 * EXPORT_BLOCK, EXPORT_BLOCK + 1):
        wanted = Filter(text="") if count == 2 * EXPORT_BLOCK else Filter(arrived_from=NOW)
        rows = list(ranked.every(wanted, NOW))
        assert numbers(rows) == list(range(1, len(rows) + 1))
        with database.writing() as session:
            session.execute(delete(FilmRow).where(FilmRow.case_id > EXPORT_BLOCK + 1))
            session.execute(delete(CaseRow).where(CaseRow.id > EXPORT_BLOCK + 1))


def test_refused_cases_are_picked_out_of_some(worklist: Worklist) -> None:
    refused: list[Case] = [scored(worklist, hand_in(worklist, seed), refusal()) for seed in (0, 1)]
    urgent = scored(worklist, hand_in(worklist, 2), reading(0.9))

    found = worklist.ranked.refused([refused[0].number, urgent.number])

    assert [case.number for case in found] == [refused[0].number]
    assert now(worklist, refused[1].number).flag is Flag.REFUSED
