"""The worklist's database: SQLite by default, PostgreSQL by setting; one transaction, one change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from cxr.worklist.store.migrations import NewerDatabaseError, upgrade

BUSY_SECONDS = 30
# The driver that requirements.txt installs.
POSTGRESQL = "postgresql+pg8000"
KINDS = ("sqlite", "postgresql")
_WRITES = "cxr_writes"
NO_URL = (
    "CXR_DATABASE is no URL of a database that is used here. Give it as sqlite:///PATH or as "
    "postgresql://USER:PASSWORD@HOST/DATABASE."
)


class WorklistError(Exception):
    """The worklist cannot be read or written; what to do about it, without a word of any film."""


@contextmanager
def told() -> Iterator[None]:
    """Tell a failure of the database or of the disk in words that hold nothing of any film."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise WorklistError(
            f"The worklist cannot be read or written ({type(error).__name__}). Check that the database of "
            "CXR_DATABASE and the folder of CXR_FILMS exist, may be written and have space left, then try "
            "again."
        ) from None


class Database:
    """A database that is brought to the newest schema when it is opened.

    Parameters
    ----------
    url
        As SQLAlchemy takes it; `postgresql://` and `sqlite:///`.

    Raises
    ------
    WorklistError
        Where it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        with told():
            parsed = _parsed(url)
            kind = parsed.get_backend_name()
            if kind not in KINDS:
                raise WorklistError(
                    f"CXR_DATABASE names a database of the kind {kind}. The worklist runs on sqlite and "
                    "postgresql: name one of those."
                )
            if kind == "sqlite" and parsed.database:
                _make_private(Path(parsed.database))
            try:
                self.engine = _open(parsed)
            except (ImportError, TypeError, NoSuchModuleError):
                raise WorklistError(NO_URL) from None
            self._writer = self.engine.execution_options(**{_WRITES: True})
            try:
                upgrade(self.engine, self._writer)
            except NewerDatabaseError as error:
                raise WorklistError(str(error)) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read in one transaction: one moment of the worklist."""
        with told(), Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write in one transaction: all of it lasts, or nothing does."""
        with told(), Session(self._writer) as session, session.begin():
            yield session


def _parsed(url: str) -> URL:
    try:
        return _with_driver(make_url(url))
    except (ArgumentError, ValueError):
        raise WorklistError(NO_URL) from None


def _make_private(file: Path) -> None:
    """Make a SQLite file that its owner alone may read; SQLite gives what lies beside it the same rights."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _with_driver(url: URL) -> URL:
    return url.set(drivername=POSTGRESQL) if url.drivername in ("postgresql", "postgres") else url


def _open(url: URL) -> Engine:
    # A failing statement's parameters would name the film, and so the patient, in the log.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _ping_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and one writer work at once, and wait for a busy database instead of failing."""
    # Python's driver begins transactions of its own accord, and too late; here `_begin_sqlite` does.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Let a writer wait for its turn at the beginning: a reader that turns writer midway could not."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _ping_postgresql(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let go of all connections where the server was started anew since.

    SQLAlchemy's own `pool_pre_ping` misses what pg8000 then raises: an error of the socket, not of the
    database.
    """
    try:
        connection.autocommit = True
        connection.cursor().execute("SELECT 1")
        connection.autocommit = False
    except Exception as error:
        raise InvalidatePoolError from error


def _begin_postgresql(connection: Connection) -> None:
    """Let a reader see one moment, as SQLite's do: else each of its statements would see a later one."""
    if not connection.get_execution_options().get(_WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
