from pathlib import Path

import pytest
from made_cases import ADA, BEN, VERSION, hand_in
from sqlalchemy import text

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import FIRST, AuditTrail, Entry, Verified, append, line_sha256
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import AuditRow
from cxr.worklist.worklist import Worklist

COLUMNS = [column.name for column in AuditRow.__table__.columns]


@pytest.fixture
def database(url: str) -> Database:
    """A database with a trail of six lines, two of them with text."""
    database = Database(url)
    with database.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])
    with database.writing() as session:
        entries = [
            Entry(ADA, Action.RAISED, None, VERSION, {"to": "stat"}, "She cannot breathe: 95 % SpO₂."),
            Entry(BEN, Action.READ, None, VERSION, {"agrees": None, "probability": 0.1}, ""),
            Entry("worker 1", Action.SCORED),
            Entry(BEN, Action.EXPORTED, details={"cases": 12}),
            Entry(ADA, Action.PURGED),
        ]
        append(session, entries)
    return database


def run(database: Database, *statements: str) -> None:
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def unguard(database: Database) -> None:
    """Do what somebody does who owns the database and wants to change the trail."""
    if database.engine.dialect.name == "postgresql":
        run(database, "ALTER TABLE audit DISABLE TRIGGER USER")
    else:
        names = ("audit_no_delete", "audit_no_replace", "audit_no_update")
        run(database, *(f"DROP TRIGGER {name}" for name in names))


def faults(database: Database) -> tuple[str, ...]:
    return AuditTrail(database).verify().faults


def test_an_untouched_trail_has_no_faults(database: Database) -> None:
    verified = AuditTrail(database).verify()

    assert (verified.lines, verified.faults) == (6, ())
    with database.reading() as session:
        last = session.get(AuditRow, 6)
        assert last and verified.sha256 == last.sha256 == line_sha256(last)


def test_an_empty_trail_has_no_faults(url: str) -> None:
    assert AuditTrail(Database(url)).verify() == Verified(0, FIRST, ())


def test_a_trail_longer_than_a_block_is_verified_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in (1, 2, 3, 6):
        monkeypatch.setattr("cxr.worklist.audit.trail.BLOCK", block)
        assert AuditTrail(database).verify().lines == 6 and not faults(database)
    unguard(database)
    run(database, "UPDATE audit SET who = 'Cleo' WHERE number = 6", "DELETE FROM audit WHERE number = 3")
    assert faults(database) == ("Line 3 is missing.", "Line 6 was changed.")


CHANGES = {
    "at": "'2001-02-03 04:05:06.000000'",
    "who": "'Cleo'",
    "action": "'took'",
    "model": "'other'",
    "details": "'[]'",
    "text_sha256": f"'{'1' * 64}'",
    "sha256": f"'{'2' * 64}'",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_line_is_found(database: Database, column: str) -> None:
    unguard(database)

    run(database, f"UPDATE audit SET {column} = {CHANGES[column]} WHERE number = 2")

    assert "Line 2 was changed." in faults(database)


def test_a_line_that_is_moved_to_another_case_is_found(url: str, tmp_path: Path) -> None:
    worklist, database = Worklist(url, tmp_path / "films"), Database(url)
    numbers = [hand_in(worklist, seed).number for seed in (0, 1)]
    unguard(database)

    run(database, f"UPDATE audit SET case_id = {numbers[1]} WHERE number = 1")

    assert faults(database) == ("Line 1 was changed.",)


def test_a_line_that_was_made_anew_does_not_fit_the_next(database: Database) -> None:
    unguard(database)
    with database.writing() as session:
        row = session.get(AuditRow, 2)
        assert row
        row.who = "Cleo"
        row.sha256 = line_sha256(row)

    assert faults(database) == ("Line 3 does not follow from line 2.",)


@pytest.mark.parametrize("changed", ["'Nothing was wrong.'", "''"])
def test_a_changed_text_is_found(database: Database, changed: str) -> None:
    unguard(database)

    run(database, f"UPDATE audit SET text = {changed} WHERE number = 2")

    assert faults(database) == ("The text of line 2 was changed.",)


def test_a_text_may_go_and_its_line_stays(database: Database) -> None:
    run(database, "UPDATE audit SET text = NULL WHERE number = 2")

    assert not faults(database)
    assert [line.text for line in AuditTrail(database).lines()][-3:] == ["", None, None]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("number = 1", "Line 1 is missing."),
        ("number = 3", "Line 3 is missing."),
        ("number IN (3, 4)", "Lines 3 to 4 are missing."),
        ("number = 6", "Line 6 is missing."),
        ("number > 3", "Lines 4 to 6 are missing."),
        ("number > 0", "Lines 1 to 6 are missing."),
    ],
)
def test_missing_lines_are_found(database: Database, where: str, told: str) -> None:
    unguard(database)

    run(database, f"DELETE FROM audit WHERE {where}")

    assert faults(database) == (told,)


def test_an_end_that_is_cut_off_with_its_count_is_found_by_its_hash(database: Database) -> None:
    unguard(database)

    run(database, "DELETE FROM audit WHERE number = 6", "UPDATE audit_head SET lines = 5")

    assert faults(database) == ("The trail continues after its recorded end, line 5.",)


def test_a_line_that_is_put_on_at_the_end_is_found(database: Database) -> None:
    before = AuditTrail(database).verify()
    with database.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])
    run(database, f"UPDATE audit_head SET lines = 6, sha256 = '{before.sha256}'")

    assert faults(database) == ("The trail continues after its recorded end, line 6.",)


def test_a_line_that_is_put_in_between_is_found(database: Database) -> None:
    unguard(database)
    kept = ", ".join(column for column in COLUMNS if column != "number")
    for number in (6, 5, 4):
        run(database, f"UPDATE audit SET number = {number + 1} WHERE number = {number}")
    run(
        database,
        f"INSERT INTO audit (number, {kept}) SELECT 4, {kept} FROM audit WHERE number = 3",
        "UPDATE audit_head SET lines = 7",
    )

    assert faults(database)[:2] == ("Line 4 does not follow from line 3.", "Line 4 was changed.")


def test_a_trail_without_its_end_is_found(database: Database) -> None:
    run(database, "DELETE FROM audit_head")

    assert faults(database) == ("The end of the trail is missing.",)


def test_whoever_makes_the_whole_trail_anew_gets_another_hash(database: Database) -> None:
    """That is why the hash is to be kept elsewhere too."""
    noted = AuditTrail(database).verify().sha256
    unguard(database)
    with database.reading() as session:
        entries = [Entry("Cleo", Action(row.action)) for row in session.query(AuditRow)]
    run(database, "DELETE FROM audit", f"UPDATE audit_head SET lines = 0, sha256 = '{FIRST}'")
    with database.writing() as session:
        append(session, entries)

    verified = AuditTrail(database).verify()
    assert (verified.lines, verified.faults) == (6, ()) and verified.sha256 != noted


REFUSED = [
    "DELETE FROM audit WHERE number = 6",
    "DELETE FROM audit",
    # Line 4 has no text, so that it is not its text which stands in the way.
    *(f"UPDATE audit SET {column} = {value} WHERE number = 4" for column, value in CHANGES.items()),
    "UPDATE audit SET number = 77 WHERE number = 4",
    "UPDATE audit SET case_id = 1 WHERE number = 4",
    f"UPDATE audit SET previous = '{'3' * 64}' WHERE number = 4",
    "UPDATE audit SET text = 'Nothing was wrong.' WHERE number = 2",
    "UPDATE audit SET text = 'Something was wrong.' WHERE number = 1",
    "UPDATE audit SET text = NULL, who = 'Cleo' WHERE number = 2",
]
REFUSED_BY = {
    "sqlite": [
        *REFUSED,
        "UPDATE audit SET rowid = 77 WHERE number = 4",
        f"INSERT OR REPLACE INTO audit ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM audit",
    ],
    "postgresql": [*REFUSED, "TRUNCATE audit"],
}


def test_the_database_itself_refuses_to_change_the_trail(database: Database) -> None:
    for statement in REFUSED_BY[database.engine.dialect.name]:
        with pytest.raises(WorklistError) as error:
            run(database, statement)
        assert "The audit trail is append-only" in str(error.value.__context__), statement

    assert AuditTrail(database).verify().lines == 6 and not faults(database)
