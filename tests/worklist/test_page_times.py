"""The page benchmark asks what the pages ask, and generated cases go into empty databases only."""

import datetime
from pathlib import Path

import pytest
from made_cases import hand_in
from postgresql import Server

from cxr.lab.bench.generated_cases import fill
from cxr.lab.bench.page_times import temporary_database, times_of
from cxr.worklist.reading.filters import Filter
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.worklist import CAP, Worklist

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def test_every_question_of_the_pages_is_asked_and_answered(url: str) -> None:
    took = times_of(url, 400)

    assert len(took) > 10
    assert all(0 < answer.fastest <= answer.median for answer in took)


def test_made_cases_are_as_many_as_wanted_and_most_are_to_be_read(url: str, tmp_path: Path) -> None:
    fill(url, 400, NOW, CAP)

    counts = Worklist(url, tmp_path / "films").ranked.counts(NOW)

    assert counts.to_read + counts.read + counts.dismissed == 400
    assert counts.to_read > 200
    assert all(counts.flags.values())
    assert counts.overdue
    assert counts.in_reading


def test_the_same_seed_makes_the_same_cases(tmp_path: Path) -> None:
    names = []
    for file in ("one.sqlite3", "two.sqlite3"):
        url = f"sqlite:///{tmp_path / file}"
        fill(url, 100, NOW, CAP, seed=3)
        page = Worklist(url, tmp_path / "films").ranked.page(Filter(), now=NOW)
        names.append([row.case.name for row in page.rows])

    assert names[0] == names[1]


def test_made_cases_do_not_go_among_others(worklist: Worklist, url: str) -> None:
    hand_in(worklist, 1)

    with pytest.raises(ValueError, match="Name an empty one"):
        fill(url, 10, NOW, CAP)


def test_a_temporary_database_is_gone_afterwards(postgresql: Server) -> None:
    with postgresql.database() as beside, temporary_database(beside) as url:
        Database(url).engine.dispose()

    with pytest.raises(WorklistError):
        Database(url)


def test_made_cases_want_a_server_of_postgresql() -> None:
    with (
        pytest.raises(ValueError, match="mysql is not a database server"),
        temporary_database("mysql://host/x"),
    ):
        pass
