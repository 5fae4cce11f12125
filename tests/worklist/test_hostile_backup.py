"""A backup that somebody made to harm whoever restores it: nothing hangs, fills the memory or gets out."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from made_cases import hand_in
from test_backup import back_up, ignore
from test_damaged_backup import edit

from cxr.worklist.backup.manifest import MANIFEST, BackupError, read_manifest
from cxr.worklist.backup.restore import restore
from cxr.worklist.backup.verify import verify_backup
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
TERABYTE = 1024**4


@pytest.fixture
def backup(worklist: Worklist, tmp_path: Path) -> Path:
    hand_in(worklist)
    back_up(worklist, tmp_path / "backup")
    return tmp_path / "backup"


def instead(path: Path, make: Callable[[Path], object]) -> None:
    """Put something else in the place of a file."""
    path.unlink()
    make(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def with_holes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(TERABYTE)


def film_of(backup: Path) -> Path:
    [film] = [path for path in (backup / "films").rglob("*") if len(path.name) == 64]
    return film


def database_of(backup: Path) -> Path:
    return backup / read_manifest(backup).database.name


def with_sql(backup: Path, *statements: str) -> None:
    """Change the database, and let the manifest name what it has become."""
    file = database_of(backup)
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    renamed(backup, file.read_bytes())


def renamed(backup: Path, content: bytes, **values: Any) -> None:
    """Put a database in the backup that the manifest names."""
    database_of(backup).unlink()
    digest = sha256(content).hexdigest()
    name = f"worklist-{digest[:12]}.sqlite3"
    (backup / name).write_bytes(content)
    of = {"name": name, "sha256": digest, "schema_version": "0017"} | values
    edit(backup / MANIFEST, database=of)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a manifest that never ends": (lambda backup: instead(backup / MANIFEST, endless), "cannot be read"),
    "a manifest that is a pipe": (lambda backup: instead(backup / MANIFEST, os.mkfifo), "not a regular file"),
    "a manifest with holes": (lambda backup: instead(backup / MANIFEST, with_holes), "bytes"),
    "a database that never ends": (lambda backup: instead(database_of(backup), endless), "cannot be read"),
    "a database that is a pipe": (lambda backup: instead(database_of(backup), os.mkfifo), "cannot be read"),
    "a database with holes": (lambda backup: instead(database_of(backup), with_holes), "MB free"),
    "a database of another name": (
        lambda backup: edit(
            backup / MANIFEST,
            database={"name": "../worklist.sqlite3", "sha256": "0" * 64, "schema_version": "0017"},
        ),
        "was changed",
    ),
    "no database": (lambda backup: renamed(backup, b"no database" * 1000), "not a database of this program"),
    "another schema": (
        lambda backup: with_sql(backup, "UPDATE alembic_version SET version_num = '0099'"),
        "not of the schema",
    ),
    "a newer schema": (
        lambda backup: renamed(backup, database_of(backup).read_bytes(), schema_version="9999"),
        "whose database this version does not know",
    ),
    "a schema that is no number": (
        lambda backup: renamed(backup, database_of(backup).read_bytes(), schema_version=""),
        "was changed",
    ),
    "a trigger": (
        lambda backup: with_sql(
            backup, "CREATE TRIGGER t AFTER INSERT ON films BEGIN UPDATE films SET flag = 'routine'; END"
        ),
        "triggers or views",
    ),
    "a trigger under a known name": (
        lambda backup: with_sql(
            backup,
            "DROP TRIGGER audit_no_delete",
            "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT 1; END",
        ),
        "triggers or views",
    ),
    "a view": (lambda backup: with_sql(backup, "CREATE VIEW v AS SELECT 1"), "triggers or views"),
    "another end of the trail": (
        lambda backup: edit(backup / MANIFEST, audit={"lines": 9, "sha256": "0" * 64}),
        "another end of the audit trail",
    ),
    "a film outside": (lambda backup: edit(backup / MANIFEST, films={"../../etc/passwd": 1}), "was changed"),
    "more films than any disk holds": (
        lambda backup: edit(backup / MANIFEST, films={"0" * 64: 2**62}),
        "MB free",
    ),
    "more bytes than a number": (lambda backup: edit(backup / MANIFEST, film_bytes=10**400), "was changed"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_backup_is_refused_and_nothing_is_written(backup: Path, tmp_path: Path, kind: str) -> None:
    make, told = REFUSED[kind]
    make(backup)

    with pytest.raises(BackupError, match=told):
        restore(backup, tmp_path / "new" / "worklist.sqlite3", tmp_path / "new" / "films", ignore)
    assert not (tmp_path / "new").exists()


LEFT_OUT: dict[str, Callable[[Path], object]] = {
    "a film that never ends": lambda backup: instead(film_of(backup), endless),
    "a film that is a pipe": lambda backup: instead(film_of(backup), os.mkfifo),
    "a film that is a link": lambda backup: instead(film_of(backup), lambda path: path.symlink_to(__file__)),
    "a film with holes": lambda backup: instead(film_of(backup), with_holes),
    "a film that is a folder": lambda backup: instead(film_of(backup), Path.mkdir),
    "a key that never ends": lambda backup: instead(backup / "films" / KEY_FILE, endless),
    "a key that is a pipe": lambda backup: instead(backup / "films" / KEY_FILE, os.mkfifo),
    "a key with holes": lambda backup: instead(backup / "films" / KEY_FILE, with_holes),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_is_no_file_of_a_backup_is_left_out_and_named(backup: Path, tmp_path: Path, kind: str) -> None:
    (backup / "films" / KEY_FILE).write_bytes(b"k" * 32)
    edit(backup / MANIFEST, pseudonym_key_sha256=sha256(b"k" * 32).hexdigest())
    LEFT_OUT[kind](backup)

    found = restore(backup, tmp_path / "new" / "worklist.sqlite3", tmp_path / "new" / "films", ignore)

    assert len(found.faults) == 1
    names = {path.name for path in (tmp_path / "new" / "films").rglob("*") if path.is_file()}
    wanted = {KEY_FILE} if "film" in kind else {film_name for film_name in read_manifest(backup).films}
    assert names == wanted


def test_names_in_a_manifest_write_nothing_to_the_terminal(backup: Path) -> None:
    edit(
        backup / MANIFEST,
        program="1\x1b]0;owned\x07\n",
        model={"bundle": "m\x1b[2J\u202e", "sha256": "0" * 64},
    )

    manifest = read_manifest(backup)

    assert manifest.model
    assert (manifest.program + manifest.model.bundle).isprintable()


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", os.fsdecode(b"\xff")])
def test_names_of_files_write_nothing_to_the_terminal(backup: Path, worklist: Worklist, name: str) -> None:
    (film_of(backup).parent / name).write_bytes(b"")

    faults = verify_backup(backup, ignore).faults
    with pytest.raises(BackupError) as refused:
        back_up(worklist, backup)

    assert len(faults) == 1
    assert all(text.isprintable() for text in (*faults, str(refused.value)))


def test_the_same_key_twice_in_a_manifest_is_the_last_one(backup: Path) -> None:
    text = (backup / MANIFEST).read_text().strip().removesuffix("}")
    (backup / MANIFEST).write_text(text + ', "films": {}}')

    assert json.loads((backup / MANIFEST).read_text())["films"] == {} == read_manifest(backup).films
