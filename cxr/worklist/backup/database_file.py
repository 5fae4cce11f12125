"""The database of a backup: the one that its manifest names, of this program, without triggers of its own."""

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

from cxr.worklist.backup.manifest import BackupError, Manifest
from cxr.worklist.backup.regular_file import sha256_of
from cxr.worklist.store.migrations import NEWEST
from cxr.worklist.store.sqlite_file import existing

TRIGGERS = import_module("cxr.worklist.store.migrations.versions.0002_several_readers").SQLITE_TRIGGERS


def check_database(folder: Path, manifest: Manifest) -> None:
    """Refuse a backup whose database is not the one that its manifest describes, or newer than this program.

    Raises
    ------
    BackupError
        Also where it has triggers or views of its own: they would change what is written to it later.
    """
    file = folder / manifest.database.name
    if manifest.database.schema_version > NEWEST:
        raise BackupError(
            f"{folder} was made by version {manifest.program} of the program, whose database this version "
            "does not know. Use that version."
        )
    try:
        matches = sha256_of(file) == manifest.database.sha256
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}. Use another backup.") from None
    if not matches or (fault := _fault(file, manifest)):
        fault = "damaged or was changed" if not matches else fault
        raise BackupError(f"{file} is {fault}. Use another backup.")


def _fault(file: Path, manifest: Manifest) -> str:
    """Say what is wrong with the content of a database file; empty where nothing is."""
    try:
        with closing(sqlite3.connect(existing(file, "mode=ro&immutable=1"), uri=True)) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if versions != [(manifest.database.schema_version,)]:
                return "not of the schema that its manifest names"
            running = connection.execute("SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
            if {_words(sql) for (sql,) in running} - {_words(sql) for sql in TRIGGERS}:
                return "one with triggers or views that this program did not make"
            heads = connection.execute("SELECT lines, sha256 FROM audit_head").fetchall()
            if heads != [(manifest.audit.lines, manifest.audit.sha256)]:
                return "one with another end of the audit trail than its manifest names"
    except sqlite3.Error:
        return "not a database of this program"
    return ""


def _words(sql: str) -> tuple[str, ...]:
    return tuple(str(sql).split())
