"""The cases before and after one in a list, also once it was read, dismissed or filtered out."""

from collections.abc import Sequence
from typing import Any

import pytest
from cases_in_order import CAP, NOW, any_case, on_both_databases, put, sorted_by_priority
from hypothesis import given
from hypothesis import strategies as st
from made_cases import BEN, hand_in, now

from cxr.triage.flag import Flag
from cxr.worklist.case import Finding
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import RankedList
from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist


def around(number: int, whole: Sequence[int], listed: Sequence[int]) -> tuple[int | None, int | None]:
    """The cases listed before and after one, which is among the whole list."""
    place = whole.index(number)
    before = [one for one in whole[:place] if one in listed]
    after = [one for one in whole[place + 1 :] if one in listed]
    return (before or [None])[-1], (after or [None])[0]


@on_both_databases
@given(st.lists(any_case(), min_size=1, max_size=12), st.none() | st.sampled_from(Flag))
def test_a_case_leads_on_from_its_place_in_a_list_also_once_it_left_it(
    database: Database, cases: list[dict[str, Any]], flag: Flag | None
) -> None:
    put(database, cases)
    ranked = RankedList(database, CAP)
    wanted = Filter(flags=frozenset({flag} if flag else ()))
    unread = [{**case, "read_at": None, "dismissed_at": None} for case in cases]
    whole = sorted_by_priority(unread)
    listed = [one for one in sorted_by_priority(cases) if not flag or cases[one - 1]["flag"] == flag]

    for number in whole:
        assert ranked.neighbours(number, wanted, NOW) == around(number, whole, listed)
        assert ranked.listed([number], wanted) == {number} & set(listed)


@pytest.mark.parametrize("view", [ListView.READ, ListView.DISMISSED])
def test_a_read_or_dismissed_case_leads_on_in_the_view_of_those(worklist: Worklist, view: ListView) -> None:
    cases = [hand_in(worklist, seed) for seed in range(4)]
    for case in cases[:3]:
        if view is ListView.READ:
            worklist.desk.report(worklist.desk.claim(case, BEN), BEN, Finding.OTHER)
        else:
            worklist.desk.dismiss([case.number], BEN, "Duplicate")
    wanted = Filter(view)
    latest_first = [case.number for case in reversed(cases[:3])]
    assert [row.case.number for row in worklist.ranked.page(wanted).rows] == latest_first

    for number in latest_first:
        assert worklist.ranked.neighbours(number, wanted) == around(number, latest_first, latest_first)

    last = now(worklist, latest_first[1])
    if view is ListView.READ:
        worklist.desk.undo_report(last, BEN)
    else:
        worklist.desk.restore([last.number], BEN)
    # It is among those to read now, beside the one that never left them.
    assert worklist.ranked.neighbours(last.number, wanted) == (None, cases[3].number)
