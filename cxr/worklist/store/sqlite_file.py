"""SQLite's file: created for its owner only, opened only where it exists, copied while others write to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

PAGES = 5000
"""Pages of 4 KB that are copied between two reports of progress."""


class CopyError(Exception):
    """A database could not be copied, and why."""


def create_private(file: Path) -> None:
    """Create a file readable by its owner only; SQLite gives the files beside it the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def existing(file: Path, options: str = "mode=rw") -> str:
    """URI that opens a file and never creates one: SQLite would let anyone read it."""
    return f"file:{quote(str(file.absolute()))}?{options}"


def copy(source: sqlite3.Connection, to: Path, progress: Callable[[int, int], None]) -> None:
    """Copy a database into a new file, one file that needs no other beside it.

    Parameters
    ----------
    source
        A connection in a read transaction: the copy is of that moment, however long it takes.
    progress
        Called with the pages copied and their total.

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
            found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise CopyError(str(error)) from None
    if found != "ok":
        raise CopyError("the database is damaged")
