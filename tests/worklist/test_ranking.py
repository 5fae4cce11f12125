import datetime
from dataclasses import replace

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.worklist.case import Case, State
from cxr.worklist.ranking import rank

NOW = datetime.datetime(2024, 5, 6, 12, tzinfo=datetime.UTC)
CAP = datetime.timedelta(hours=24)


def case(number: int, flag: Flag | None, probability: float | None, hours: float) -> Case:
    """A case that arrived some hours ago."""
    return Case(
        number=number,
        sha256=f"{number:064x}",
        name=f"{number}.png",
        stated=Population.CHILD,
        state=State.WAITING if flag is None else State.SCORED,
        arrived_at=NOW - datetime.timedelta(hours=hours),
        flag=flag,
        reasons=(),
        probability=probability,
        operating_points=None,
        population=None,
        heat=None,
        thumbnail=None,
        bundle_version=None,
    )


CASES = [
    case(1, Flag.ROUTINE, 0.01, hours=25),
    case(2, Flag.ROUTINE, 0.02, hours=2),
    case(3, Flag.REVIEW, 0.4, hours=3),
    case(4, None, None, hours=0.1),
    case(5, Flag.REFUSED, None, hours=1),
    case(6, Flag.URGENT, 0.8, hours=5),
    case(7, Flag.URGENT, 0.9, hours=1),
]


def test_cases_come_in_the_order_of_reading() -> None:
    ranked = rank(CASES, NOW, CAP)

    assert [place.case.number for place in ranked] == [1, 7, 6, 5, 4, 3, 2]
    assert [place.rank for place in ranked] == [1, 2, 3, 4, 5, 6, 7]


def test_a_case_says_how_long_it_waited_and_why_it_stands_there() -> None:
    first, *_, last = rank(CASES, NOW, CAP)

    assert (first.waited, last.waited) == (datetime.timedelta(hours=25), datetime.timedelta(hours=2))
    assert "Waited too long" in first.why and last.why.startswith("Routine")


def test_a_case_rises_to_the_top_when_its_time_comes() -> None:
    waits = [replace(waiting, arrived_at=NOW) for waiting in CASES[2:]]
    sinking = case(9, Flag.ROUTINE, 0.0, hours=23)

    assert rank([*waits, sinking], NOW, CAP)[-1].case.number == 9
    assert rank([*waits, sinking], NOW + datetime.timedelta(hours=2), CAP)[0].case.number == 9


def test_an_empty_worklist_has_no_order() -> None:
    assert rank([], NOW, CAP) == []
