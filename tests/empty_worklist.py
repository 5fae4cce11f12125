"""Databases of empty worklists, copied: migrating each from the first version takes a tenth of a second."""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cxr.worklist.store.database import Database

NAME = "worklist.sqlite3"


def empty_database(folder: Path) -> str:
    """URL of the SQLite worklist in a folder; one without cases is put there if there is none."""
    path = folder / NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        Database(f"sqlite:///{path}").engine.dispose()
        assert os.listdir(folder) == [NAME]
        return path.read_bytes()
