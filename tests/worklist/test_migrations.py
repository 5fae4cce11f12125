import datetime
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_cases
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from made_cases import ADA, BEN, CHILD, WORKER, at_once, in_order, now
from made_films import png
from often import open_worklist
from older_databases import MONDAY, ROWS, fill, forget_alembic, forget_turning
from processes import exit_codes
from sqlalchemy import Engine, create_engine, inspect, text
from waiting import PATIENCE

from cxr.triage.priority import priority_key
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import FIRST, Verified
from cxr.worklist.case import Finding, State
from cxr.worklist.location import Location, Side, Zone
from cxr.worklist.store import migrations
from cxr.worklist.store.database import POSTGRESQL, Database, WorklistError
from cxr.worklist.store.migrations import BEFORE_ALEMBIC, NEWEST
from cxr.worklist.store.schema import Table
from cxr.worklist.worklist import Worklist

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def engine(empty_url: str) -> Engine:
    """A database without tables, and nothing of the program's own between it and the test."""
    return create_engine(empty_url.replace("postgresql:", f"{POSTGRESQL}:"))


def contents(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table: [tuple(found) for found in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]
            for table in inspect(connection).get_table_names()
        }


def test_the_newest_schema_is_that_of_the_models(empty_url: str, engine: Engine) -> None:
    Database(empty_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_every_index_covers_the_rows_that_the_models_say(empty_url: str, engine: Engine) -> None:
    Database(empty_url)

    for table in Table.metadata.sorted_tables:
        found = {index["name"]: index for index in inspect(engine).get_indexes(table.name)}
        for index in table.indexes:
            wanted = index.dialect_options[engine.dialect.name]["where"]
            options = found[index.name].get("dialect_options", {})
            where = options.get(f"{engine.dialect.name}_where")
            assert re.sub("[()]", "", str(where)) == str(wanted)
            assert found[index.name]["column_names"] == [column.name for column in index.columns]


def test_the_newest_step_is_the_one_that_the_program_asks_for() -> None:
    steps = ScriptDirectory(str(Path(migrations.__file__).parent))

    assert steps.get_heads() == [NEWEST]
    assert steps.get_bases() == [BEFORE_ALEMBIC]


def test_a_new_worklist_begins_with_an_empty_trail(empty_url: str, tmp_path: Path) -> None:
    worklist = Worklist(empty_url, tmp_path / "films")

    assert worklist.audit.verify() == Verified(0, FIRST, ())
    assert worklist.ranked.page().total == 0


@pytest.mark.parametrize("forget", [lambda _: None, forget_alembic], ids=["0001", "before Alembic"])
def test_every_case_is_carried_over(
    empty_url: str, engine: Engine, tmp_path: Path, forget: Callable[[Engine], None]
) -> None:
    fill(engine)
    forget(engine)

    worklist = Worklist(empty_url, tmp_path / "films")

    for number, changes in enumerate(ROWS, start=1):
        case, is_scored = now(worklist, number), changes.get("state") == "scored"
        assert case.name == changes.get("name", f"{number}.png") and case.sha256 == f"{number:064x}"
        assert case.arrived_at == MONDAY + datetime.timedelta(seconds=number)
        assert case.state is (State.SCORED if is_scored else State.WAITING)
        assert case.scored_at == (changes["scored_at"] if is_scored else None)
        assert (case.flag, case.probability) == (changes.get("flag"), changes.get("probability"))
        stated = changes.get("stated", CHILD)
        assert (case.stated, case.points_for) == (stated, changes.get("population"))
        assert case.population == (changes.get("population") or stated)
        assert (case.inverted, case.thumbnail) == (changes.get("turned", False), changes.get("thumbnail"))
        assert case.dismissed_at == changes.get("set_aside_at")
        assert [reason.code for reason in case.reasons] == (["blank"] if is_scored else [])
        assert (case.heat is None) == (changes.get("heat") is None)
        assert case.version == 1 and case.reader is case.raised is case.patient is case.purged_at is None


def test_cases_that_are_carried_over_stand_where_the_rule_places_them(
    empty_url: str, engine: Engine, tmp_path: Path
) -> None:
    fill(engine)
    worklist = Worklist(empty_url, tmp_path / "films")

    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, lane, age_group, rank FROM cases ORDER BY id")).all()
    for number, *place in found:
        case = now(worklist, number)
        stands = priority_key(case.flag, case.probability, case.population or case.stated)
        assert place == [stands.lane, stands.age_group, stands.rank], number
    assert len(found) == len(ROWS)


def test_cases_that_are_carried_over_are_worked_on_like_new_ones(
    empty_url: str, engine: Engine, tmp_path: Path
) -> None:
    fill(engine)
    worklist = Worklist(empty_url, tmp_path / "films")

    assert [case.number for case in worklist.scoring.claim(WORKER, 10)] == [1, 2, 12]
    case = worklist.desk.claim(now(worklist, 3), ADA)
    worklist.desk.report(case, ADA, Finding.PNEUMONIA, agrees=True)
    assert worklist.desk.restore([11], BEN).done == (11,)
    accepted = worklist.intake.accept("new.png", png(0), CHILD, ADA)
    assert accepted.number > len(ROWS)
    assert [line.action for line in worklist.audit.lines()] == [
        *(Action.ACCEPTED, Action.RESTORED, Action.READ, Action.CLAIMED)
    ]
    assert not worklist.audit.verify().faults


def test_a_database_from_before_films_could_be_turned_is_opened_with_its_cases(
    empty_url: str, engine: Engine, tmp_path: Path
) -> None:
    fill(engine)
    forget_turning(engine)

    for _ in range(2):  # the second time nothing is missing
        worklist = Worklist(empty_url, tmp_path / "films")
        assert len(in_order(worklist)) == len(ROWS) - 1
        assert not any(now(worklist, number).inverted for number in range(1, len(ROWS) + 1))
    test_the_newest_schema_is_that_of_the_models(empty_url, engine)


def test_findings_made_before_their_place_could_be_stated_are_kept(
    empty_url: str, engine: Engine, tmp_path: Path
) -> None:
    worklist = Worklist(empty_url, tmp_path / "films")
    case = worklist.desk.claim(made_cases.scored(worklist), ADA)
    worklist.desk.report(case, ADA, Finding.PNEUMONIA, agrees=True, note="Right.")
    with engine.begin() as connection:
        for column in (
            "cases DROP COLUMN side",
            "cases DROP COLUMN zone",
            "films DROP COLUMN patient_before",
        ):
            connection.execute(text(f"ALTER TABLE {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    before = contents(engine)

    worklist = Worklist(empty_url, tmp_path / "films")

    test_the_newest_schema_is_that_of_the_models(empty_url, engine)
    after = contents(engine)
    for table, rows in before.items():
        kept = [tuple(row)[: len(rows[0])] for row in after[table]] if rows else after[table]
        assert table == "alembic_version" or kept == [tuple(row) for row in rows], table
    assert after.keys() == before.keys()
    read = now(worklist, case.number)
    assert read.report and (read.report.words, read.report.note) == ("pneumonia", "Right.")
    again = worklist.desk.undo_report(read, ADA)
    again = worklist.desk.report(again, ADA, Finding.PNEUMONIA, location=Location(Side.LEFT, Zone.UPPER))
    assert again.report and again.report.words == "pneumonia, left upper zone"
    assert not worklist.audit.verify().faults


@pytest.mark.parametrize("filled", [True, False])
def test_programs_that_open_a_database_at_once_bring_it_up_to_date_once(
    empty_url: str, engine: Engine, tmp_path: Path, filled: bool
) -> None:
    if filled:
        fill(engine)
        forget_turning(engine)

    assert exit_codes(open_worklist, *[(empty_url, tmp_path / "films")] * 4) == [0] * 4
    assert len(in_order(Worklist(empty_url, tmp_path / "films"))) == (len(ROWS) - 1 if filled else 0)
    test_the_newest_schema_is_that_of_the_models(empty_url, engine)


def test_threads_that_open_databases_at_once_do_not_mix_them_up(empty_url: str, tmp_path: Path) -> None:
    urls = [
        empty_url,
        empty_url,
        f"sqlite:///{tmp_path / 'a.sqlite3'}",
        f"sqlite:///{tmp_path / 'b.sqlite3'}",
    ]

    opened = at_once(*(lambda url=url: Worklist(url, tmp_path / "films") for url in urls))

    assert [worklist.audit.verify().lines for worklist in opened if isinstance(worklist, Worklist)] == [0] * 4


def test_a_step_that_fails_leaves_the_database_as_it_was(empty_url: str, engine: Engine) -> None:
    fill(engine)
    forget_turning(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit (number INTEGER)"))
    before = contents(engine)

    with pytest.raises(WorklistError, match="CXR_DATABASE"):
        Database(empty_url)

    assert contents(engine) == before and "alembic_version" not in before


def test_a_database_of_a_newer_program_is_told_and_left_alone(empty_url: str, engine: Engine) -> None:
    fill(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = contents(engine)

    with pytest.raises(WorklistError, match=f"schema 9999; .* up to {NEWEST}. Start the newer version"):
        Database(empty_url)

    assert contents(engine) == before


def test_opening_a_database_is_silent_and_without_alembic_where_nothing_is_to_be_done(empty_url: str) -> None:
    program = (
        "import logging, sys; from cxr.worklist.store.database import Database; Database(sys.argv[1]);"
        "assert not logging.getLogger().handlers and logging.getLogger('alembic').level == logging.NOTSET;"
        "sys.exit(7 if 'alembic' in sys.modules else 0)"
    )
    command = [sys.executable, "-c", program, empty_url]

    runs = [
        subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=PATIENCE)
        for _ in range(2)
    ]

    assert [run.returncode for run in runs] == [7, 0]
    assert [run.stdout + run.stderr for run in runs] == [b"", b""]
