"""The worklist and its audit trail from the shell."""

import datetime
import sqlite3
import threading
from pathlib import Path

import pytest
from commands import run
from made_films import png

from cxr.cli.loading import open_worklist
from cxr.worklist.case import Finding

pytestmark = pytest.mark.usefixtures("worklist_set", "bundle_set")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two films."""
    folder = tmp_path / "in"
    folder.mkdir()
    for seed in range(2):
        (folder / f"{seed}.png").write_bytes(png(seed))
    return folder


def test_films_are_added_scored_and_recorded_in_the_trail(folder: Path) -> None:
    added = run("worklist", "add", folder, "--population", "child")
    assert added.exit_code == 0
    assert [line.split(": ")[-1] for line in added.stdout.splitlines()] == ["case 1", "case 2"]

    worked = run("work", "--until-empty")
    assert worked.exit_code == 0 and "Scored 2, 0 wait." in worked.stdout

    shown = run("audit", "show")
    assert shown.exit_code == 0
    words = [line.split("  ")[2] for line in map(str.strip, shown.stdout.splitlines())]
    assert words[:2] == ["accepted", "accepted"] and set(words[2:]) <= {"scored", "refused"}
    assert len(words) == 4


def test_work_that_ends_before_the_worklist_is_empty_fails_and_counts_what_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("worklist", "add", folder)
    monkeypatch.setattr("cxr.cli.worklist.stopped_by_signal", stopped_at_once)

    worked = run("work", "--until-empty")

    assert worked.exit_code == 1 and worked.stderr.endswith("\n2 films still wait. Run 'cxr work' again.\n")
    assert run("work").exit_code == 0


def stopped_at_once() -> threading.Event:
    stop = threading.Event()
    stop.set()
    return stop


def test_a_film_added_twice_is_reported_as_a_duplicate(folder: Path) -> None:
    run("worklist", "add", folder / "0.png")
    again = run("worklist", "add", folder / "0.png")
    assert again.exit_code == 0 and "case 1, duplicate of 0.png" in again.stdout


def test_a_file_that_cannot_be_read_stops_none_of_the_others(folder: Path) -> None:
    (folder / "a-empty.png").write_bytes(b"")
    added = run("worklist", "add", folder, folder / "none.png")
    assert added.exit_code == 1
    assert added.stdout.count("not on the worklist") == 2
    assert open_worklist().ranked.counts().to_read == 2


def test_a_folder_is_watched_once(folder: Path) -> None:
    watched = run("watch", folder, "--once", "--seconds", 0.05)
    assert watched.exit_code == 0
    assert watched.stdout.splitlines() == ["0.png: case 1", "1.png: case 2"]
    assert run("watch", folder / "none", "--once").exit_code == 2


def test_purge_needs_a_retention_period_and_removes_what_is_older(folder: Path) -> None:
    asked = run("worklist", "purge")
    assert asked.exit_code == 1 and "CXR_RETENTION_DAYS" in asked.stderr

    run("worklist", "add", folder)
    worklist = open_worklist()
    case = worklist.ranked.case(1)
    assert case
    worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.OTHER)

    assert "Would remove the pixels of 1 case:" in run("worklist", "purge", "--days", 0, "--dry-run").stdout
    assert worklist.film_path(case).exists()
    assert "Removed the pixels of 1 case:" in run("worklist", "purge", "--days", 0).stdout
    assert not worklist.film_path(case).exists()
    assert "of 0 cases" in run("worklist", "purge", "--days", 0).stdout


def test_an_intact_trail_is_verified_and_a_changed_one_is_not(folder: Path, tmp_path: Path) -> None:
    run("worklist", "add", folder)
    whole = run("audit", "verify")
    assert whole.exit_code == 0 and whole.stdout.startswith("2 lines checked")
    kept = whole.stdout.split()[-1]
    assert run("audit", "verify", "--expect", kept).exit_code == 0
    other = run("audit", "verify", "--expect", kept[:-1] + ("0" if kept[-1] != "0" else "1"))
    assert other.exit_code == 1 and "Line 2 has changed" in other.stdout
    assert run("audit", "verify", "--expect", "nonsense").exit_code == 2

    with sqlite3.connect(tmp_path / "worklist.sqlite3") as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit SET who = 'Eve' WHERE number = 1")
    changed = run("audit", "verify")
    assert changed.exit_code == 1 and "Line 1 was changed." in changed.stdout


def test_the_cap_of_the_settings_decides_what_is_overdue(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_WAITING_CAP_HOURS", "1")
    run("worklist", "add", folder)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    assert open_worklist().ranked.counts(later).overdue == 2


def test_a_worklist_that_does_not_exist_is_neither_created_nor_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'typo.sqlite3'}")

    for command in (("audit", "verify"), ("audit", "show"), ("worklist", "purge", "--days", 1)):
        result = run(*command)
        assert result.exit_code == 1 and "There is no worklist at" in result.stderr

    assert not (tmp_path / "typo.sqlite3").exists()


def test_a_folder_that_holds_the_worklist_itself_is_not_watched(tmp_path: Path) -> None:
    result = run("watch", tmp_path, "--once")

    # The message is in a box, whose lines end wherever the folder's name leaves room.
    said = " ".join(result.stderr.replace("│", " ").split())
    assert result.exit_code == 2 and "holds the worklist's own" in said


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("nonsense", 2),
        ("mysql://clinic:S3cret@host/d", 2),
        ("postgresql+psycopg2://clinic:S3cret@host/d", 2),
        ("postgresql://clinic:S3cret@host:notaport/d", 1),
        ("postgresql://clinic:S3cret@127.0.0.1:1/d", 1),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    url: str, status: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_DATABASE", url)

    result = run("worklist", "add", folder)

    # An invalid setting is a fault of usage; a database that does not answer is not.
    assert result.exit_code == status and isinstance(result.exception, SystemExit)
    assert "CXR_DATABASE" in result.stderr and "S3cret" not in result.output


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clinic:S3cret@host/d",
        "postgresql://clinic:S3@cret/x@host/d",
        "postgresql://host/d?user=clinic&password=S3cret",
    ],
)
def test_no_way_to_write_a_password_shows_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_DATABASE", url)

    shown = run("settings").stdout

    assert "CXR_DATABASE=postgresql://" in shown and "cret" not in shown.replace("secret", "")
