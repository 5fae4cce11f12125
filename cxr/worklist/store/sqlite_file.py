"""SQLite's file: created for its owner only, opened only where it exists, copied while others write to it."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from cxr.worklist.store.film_files import PARTIAL

PAGES = 5000
"""Pages of 4 KB that are copied between two reports of progress."""

LEFT = 1
"""Marks, as SQLite's `user_version`, a deleted database that was written again: it is out of date."""


class CopyError(Exception):
    """A database could not be copied, and why."""


def create_private(file: Path) -> None:
    """Create a file readable by its owner only; SQLite gives the files beside it the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def existing(file: Path, options: str = "mode=rw") -> str:
    """URI that opens a file and never creates one: SQLite would let anyone read it."""
    return f"file:{quote(str(file.absolute()))}?{options}"


def copy(
    source: sqlite3.Connection,
    to: Path,
    progress: Callable[[int, int], None],
    leave_out: Sequence[str] = (),
) -> None:
    """Copy a database into a new file, one file that needs no other beside it.

    Parameters
    ----------
    source
        A connection in a read transaction: the copy is of that moment, however long it takes.
    progress
        Called with the pages copied and their total.
    leave_out
        Tables whose rows are not kept in the copy.

    Raises
    ------
    CopyError
        If there is no space for it, or it fails SQLite's own check.
    """
    create_private(to)
    try:
        with closing(sqlite3.connect(existing(to), uri=True)) as target:
            source.backup(target, pages=PAGES, progress=lambda _, left, total: progress(total - left, total))
            target.execute("PRAGMA journal_mode=DELETE")
            target.execute("PRAGMA secure_delete=ON")
            for table in leave_out:
                target.execute(f"DELETE FROM {table}")
            target.commit()
            found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise CopyError(str(error)) from None
    if found != "ok":
        raise CopyError("the database is damaged")


def identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_again(connection: sqlite3.Connection, file: Path) -> None:
    """Write a database again whose file was deleted while a connection holds it open.

    Nothing is lost that any process writes meanwhile: the copy takes its place only if nobody has written
    since, while nobody can. If another process was faster, its copy stays.

    Raises
    ------
    CopyError, OSError, sqlite3.Error
        If that is not possible.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] == LEFT:
        if file.exists():
            return
        raise CopyError("another program has written it again since, and that copy was deleted too")
    half = file.with_name(f"{PARTIAL}{file.name}-{secrets.token_hex(4)}")
    try:
        while not file.exists():
            half.unlink(missing_ok=True)
            version = _data_version(connection)
            copy(connection, half, lambda *_: None)
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _data_version(connection) == version:
                    _put(half, file)
                    connection.execute(f"PRAGMA user_version={LEFT}")
            finally:
                connection.execute("COMMIT")
    finally:
        half.unlink(missing_ok=True)


def _data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes whenever another connection changes the database."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


def _put(half: Path, file: Path) -> None:
    """Put a copy in its place, unless a file is there, and remove what belonged to the deleted file."""
    for end in ("-wal", "-shm"):
        file.with_name(f"{file.name}{end}").unlink(missing_ok=True)
    with suppress(FileExistsError):
        os.link(half, file)
