"""A backup is whole or none, and gives back what it was made of."""

import datetime
import os
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from made_cases import ADA, hand_in, now, read_case
from made_films import png
from processes import speaking, spoken
from until_killed import accept_until_killed, back_up_until_killed, record_until_killed

from cxr.worklist.audit.trail import AuditTrail
from cxr.worklist.backup.backup import BackedUp
from cxr.worklist.backup.manifest import BackupError, Model
from cxr.worklist.backup.restore import restore
from cxr.worklist.backup.verify import Verifying, verify_backup
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
pytestmark = pytest.mark.long

TABLES = ("cases", "films", "identities", "outbox", "audit", "audit_head")
MODEL = Model(bundle="made", sha256="0" * 64)


def ignore(*_: object) -> None:
    """Show no progress."""


def back_up(worklist: Worklist, to: Path) -> BackedUp:
    return worklist.backup.make(to, MODEL, ignore)


def rows(file: Path, table: str) -> list[Any]:
    with sqlite3.connect(file) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def faults(folder: Path) -> tuple[str, ...]:
    """What `verify` finds in the worklist of a folder."""
    database = Database(f"sqlite:///{folder / 'worklist.sqlite3'}")
    return Verifying(database, FilmFiles(folder / "films"), settling_seconds=0).verify(ignore).faults


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def restored(source: Path, to: Path) -> Worklist:
    found = restore(source, to / "worklist.sqlite3", to / "films", ignore)
    assert found.faults == ()
    return Worklist(f"sqlite:///{to / 'worklist.sqlite3'}", to / "films")


def test_a_backup_gives_back_rows_films_key_and_trail(worklist: Worklist, tmp_path: Path) -> None:
    read_case(worklist, hand_in(worklist))
    hand_in(worklist, 1)
    worklist.intake.accept("text.png", b"no film", now(worklist, 1).stated, ADA)

    with sqlite3.connect(tmp_path / "worklist.sqlite3") as connection:
        connection.execute("INSERT INTO sessions VALUES ('key', 1, '2026-01-01', '2026-01-01')")

    made = back_up(worklist, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "new")

    assert (made.copied, made.faults, made.manifest.studies, made.manifest.film_files) == (2, (), 3, 2)
    for table in TABLES:
        assert rows(tmp_path / "worklist.sqlite3", table) == rows(
            tmp_path / "new" / "worklist.sqlite3", table
        )
    assert rows(tmp_path / "new" / "worklist.sqlite3", "sessions") == []
    assert files(tmp_path / "films") == files(tmp_path / "new" / "films")
    assert again.audit.verify() == worklist.audit.verify()
    assert faults(tmp_path / "new") == () == verify_backup(tmp_path / "backup", ignore).faults
    modes = {path.stat().st_mode & 0o77 for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert modes == {0} and (tmp_path / "new" / "worklist.sqlite3").stat().st_mode & 0o77 == 0


def test_a_film_is_copied_once_and_removed_after_a_purge(worklist: Worklist, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    read_case(worklist, hand_in(worklist))
    back_up(worklist, to)
    before = {path: path.stat().st_ino for path in (to / "films").rglob("*") if len(path.name) == 64}
    hand_in(worklist, 1)

    second = back_up(worklist, to)

    assert (second.copied, second.removed, len(before)) == (1, 0, 1)
    assert {path: path.stat().st_ino for path in before} == before

    worklist.retention.purge(datetime.timedelta(0), ADA)
    third = back_up(worklist, to)

    assert (third.copied, third.removed, third.manifest.film_files) == (0, 1, 1)
    assert not any(path.exists() for path in before)
    assert verify_backup(to, ignore).faults == () and len(list(to.glob("*.sqlite3"))) == 1


def test_a_backup_under_load_is_of_one_moment(tmp_path: Path) -> None:
    url, films, to = f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", tmp_path / "backup"
    worklist = Worklist(url, films)
    accepting = speaking(accept_until_killed, url, films, 0)
    with accepting as (_, hears), speaking(record_until_killed, url, films, "worker"):
        for _ in range(3):
            spoken(hears)

        made = [back_up(worklist, to) for _ in range(3)]

    assert [one.faults for one in made] == [()] * 3
    again = restored(to, tmp_path / "new")
    live = AuditTrail(Database(url))
    saved = again.audit.verify()
    assert saved.lines >= 3 and saved.faults == () and live.sha256_of(saved.lines) == saved.sha256
    assert (
        rows(tmp_path / "new" / "worklist.sqlite3", "audit")
        == (rows(tmp_path / "worklist.sqlite3", "audit")[: saved.lines])
    )
    assert faults(tmp_path / "new") == ()


def test_a_killed_backup_leaves_the_earlier_one_and_never_half_of_one(tmp_path: Path) -> None:
    url, films, to = f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", tmp_path / "backup"
    worklist = Worklist(url, films)
    chance = random.Random(1)
    for kill in range(4):
        for seed in range(5):
            hand_in(worklist, kill * 5 + seed)
        with speaking(back_up_until_killed, url, films, to) as (_, hears):
            for _ in range(chance.randint(1, 6)):
                spoken(hears)
        if (to / "manifest.json").exists():
            assert verify_backup(to, ignore).faults == ()
        else:
            with pytest.raises(BackupError, match=r"no complete backup: manifest.json is missing"):
                restore(to, tmp_path / "new.sqlite3", tmp_path / "new", ignore)

    assert back_up(worklist, to).manifest.film_files == 20
    assert len(restored(to, tmp_path / "again").ranked.page(limit=100).rows) == 20


def test_only_an_empty_place_is_restored_into(worklist: Worklist, tmp_path: Path) -> None:
    hand_in(worklist)
    back_up(worklist, tmp_path / "backup")
    before = files(tmp_path)
    for database, films in (
        ("worklist.sqlite3", "new"),
        ("new.sqlite3", "films"),
        ("new.sqlite3", "backup/films"),
        ("backup/new.sqlite3", "new"),
    ):
        with pytest.raises(BackupError, match=r"empty place|within each other"):
            restore(tmp_path / "backup", tmp_path / database, tmp_path / films, ignore)

    assert files(tmp_path) == before


def test_an_interrupted_restore_is_not_a_worklist_and_continues(worklist: Worklist, tmp_path: Path) -> None:
    for seed in range(3):
        hand_in(worklist, seed)
    back_up(worklist, tmp_path / "backup")
    database, films = tmp_path / "new" / "worklist.sqlite3", tmp_path / "new" / "films"

    def stop(_what: str, done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "backup", database, films, stop)
    with pytest.raises(WorklistError, match="Run 'cxr restore' again"):
        Worklist(f"sqlite:///{database}", films)
    assert not database.exists()

    restored(tmp_path / "backup", tmp_path / "new")
    assert faults(tmp_path / "new") == ()


def test_a_backup_that_another_worklist_made_is_not_overwritten(worklist: Worklist, tmp_path: Path) -> None:
    hand_in(worklist)
    back_up(worklist, tmp_path / "backup")
    other = Worklist(f"sqlite:///{tmp_path / 'other.sqlite3'}", tmp_path / "other")

    with pytest.raises(BackupError, match="does not continue"):
        back_up(other, tmp_path / "backup")

    assert verify_backup(tmp_path / "backup", ignore).faults == ()


def test_a_folder_that_is_not_a_backup_is_left_alone(worklist: Worklist, tmp_path: Path) -> None:
    hand_in(worklist)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(png(0))
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "films").symlink_to(tmp_path / "films")
    before = files(tmp_path / "photos")

    for place, why in {
        tmp_path: "belongs to the worklist",
        tmp_path / "films" / "backup": "belongs to the worklist",
        tmp_path / "photos": "holds cat.png",
        tmp_path / "photos" / "cat.png": "is a file",
        tmp_path / "linked": "holds films, which is not part",
        tmp_path / "not" / "mounted": "does not exist",
    }.items():
        with pytest.raises(BackupError, match=why):
            back_up(worklist, place)

    assert files(tmp_path / "photos") == before


def test_verify_finds_what_is_lost_changed_or_left_over(worklist: Worklist, tmp_path: Path) -> None:
    cases = [hand_in(worklist, seed) for seed in range(3)]
    paths = [worklist.film_path(case) for case in cases]
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    stray = FilmFiles(tmp_path / "films").keep(b"stray")
    (tmp_path / "films" / "link").symlink_to(paths[2])

    found = faults(tmp_path)

    assert [line.split(". ")[0] for line in found] == [
        f"Case 1: film {cases[0].sha256[:12]} is missing",
        f"Film {stray[:2]}/{stray} belongs to no study",
        f"link in {tmp_path / 'films'} is not a film",
        f"Film {cases[1].sha256[:2]}/{cases[1].sha256} is damaged",
    ]

    made = back_up(worklist, tmp_path / "backup")
    assert len(made.faults) == 2 and made.manifest.film_files == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_reported(worklist: Worklist, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir(mode=0o500)

    with pytest.raises(BackupError, match=r"Permission denied. There is no backup"):
        back_up(worklist, tmp_path / "backup")
