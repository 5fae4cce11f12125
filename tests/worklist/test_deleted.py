"""A SQLite database that is deleted or replaced while programs use it."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from made_cases import ADA, hand_in
from processes import speaking, spoken
from sqlalchemy import Engine
from until_killed import accept_until_killed

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.store import database
from cxr.worklist.store.database import WorklistError
from cxr.worklist.store.sqlite_file import identity
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


def delete(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


@pytest.mark.parametrize("ends", [("",), ("", "-wal", "-shm")])
def test_a_deleted_database_is_written_again_and_nothing_is_lost(
    worklist: Worklist, tmp_path: Path, caplog: pytest.LogCaptureFixture, ends: tuple[str, ...]
) -> None:
    file = tmp_path / "worklist.sqlite3"
    numbers = [hand_in(worklist, seed).number for seed in range(3)]
    assert worklist.notice == ""
    for end in ends:
        Path(f"{file}{end}").unlink()

    numbers.append(hand_in(worklist, 3).number)

    assert [ranked.case.number for ranked in worklist.ranked.page().rows] == numbers == [1, 2, 3, 4]
    assert "was deleted while the program was running. It was written again" in worklist.notice
    assert worklist.notice in caplog.text and not list(tmp_path.glob(".partial*"))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("worklist.sqlite3*")} == {0o600}
    again = Worklist(f"sqlite:///{file}", tmp_path / "films")
    assert again.audit.verify() == worklist.audit.verify() and again.audit.verify().lines == 4


def test_programs_that_share_a_deleted_database_go_on_with_one(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "worklist.sqlite3"
    worklist = Worklist(url, tmp_path / "films")
    with speaking(accept_until_killed, url, tmp_path / "films", 0) as (_, hears):
        accepted = [spoken(hears)]
        for _ in range(3):
            delete(file)
            worklist.audit.note(Entry(ADA, Action.SAW))
            while hears.poll():
                accepted.append(spoken(hears))
            # The second of these was accepted from its beginning on after the deletion.
            accepted += [spoken(hears), spoken(hears)]

    found = Worklist(url, tmp_path / "films")
    numbers = {ranked.case.number for ranked in found.ranked.page(limit=1000).rows}
    assert {number for number, _ in accepted} - numbers == set()
    assert found.audit.verify().faults == ()
    with sqlite3.connect(file) as connection:
        saw = connection.execute("SELECT COUNT(*) FROM audit WHERE action = 'saw'").fetchone()
    assert saw == (3,)


def test_a_program_that_notices_late_takes_what_another_has_written_again(
    worklist: Worklist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "worklist.sqlite3"
    late = Worklist(f"sqlite:///{file}", tmp_path / "films")
    hand_in(worklist)
    delete(file)
    looks = 0

    def look(path: Path) -> tuple[int, int] | None:
        nonlocal looks
        looks += 1
        found = identity(path)
        if looks == 2:  # the one that decides to write it again
            monkeypatch.setattr(database, "identity", identity)
            hand_in(worklist, 1)
        return found

    monkeypatch.setattr(database, "identity", look)
    hand_in(late, 2)

    assert worklist.ranked.page().total == late.ranked.page().total == 3
    assert "was deleted while the program was running. It was written again" in late.notice


def test_a_database_that_is_deleted_again_while_it_is_opened_is_written_again_once_more(
    worklist: Worklist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "worklist.sqlite3"
    hand_in(worklist)
    upgrade = database.upgrade

    def upgrade_and_lose(*engines: Engine) -> None:
        upgrade(*engines)
        delete(file)

    monkeypatch.setattr(database, "upgrade", upgrade_and_lose)
    delete(file)
    worklist.ranked.page()
    monkeypatch.setattr(database, "upgrade", upgrade)
    hand_in(worklist, 1)

    assert file.exists()
    again = Worklist(f"sqlite:///{file}", tmp_path / "films")
    assert again.ranked.page().total == 2


def test_a_database_that_is_replaced_is_used_and_reported(worklist: Worklist, tmp_path: Path) -> None:
    file = tmp_path / "worklist.sqlite3"
    worklist.backup.make(tmp_path / "backup", None, lambda *_: None)
    hand_in(worklist)
    (saved,) = (tmp_path / "backup").glob("*.sqlite3")
    delete(file)
    shutil.copy(saved, file)

    assert worklist.ranked.page().total == 0
    assert "was replaced while the program was running" in worklist.notice
    assert hand_in(worklist).number == 1


def test_a_database_that_cannot_be_written_again_says_what_to_do_and_recovers(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    worklist = Worklist(f"sqlite:///{folder / 'worklist.sqlite3'}", tmp_path / "films")
    hand_in(worklist)
    shutil.rmtree(folder)

    with pytest.raises(WorklistError, match=r"was deleted while the program was running. If its folder"):
        worklist.ranked.page()
    folder.mkdir()

    assert worklist.ranked.page().total == 1
