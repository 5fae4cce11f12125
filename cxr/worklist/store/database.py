"""The worklist's database, SQLite or PostgreSQL: one transaction for each change."""

from __future__ import annotations

import datetime
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from cxr.worklist.store.migrations import NewerDatabaseError, upgrade
from cxr.worklist.store.schema import SessionRow
from cxr.worklist.store.sqlite_file import CopyError, copy, create_private, existing, identity, write_again

log = logging.getLogger(__name__)

BUSY_SECONDS = 30
# The driver that requirements.txt installs.
POSTGRESQL = "postgresql+pg8000"
KINDS = ("sqlite", "postgresql")
_WRITES = "cxr_writes"
AUDIT_HEAD = "cxr_audit_head"
"""Name under which a session holds the end of the audit trail that it wrote."""
_SIGNS_OF_A_LOCK = ("database is locked", "55P03")
BUSY = "Others have been writing to the worklist for too long. Try again in a minute."
NO_URL = (
    "CXR_DATABASE is not a valid database URL. Write it as sqlite:///PATH or "
    "postgresql://USER:PASSWORD@HOST/DATABASE."
)


def utc_now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


class WorklistError(Exception):
    """The worklist cannot be read or written; says what to do, and nothing about any film."""


@contextmanager
def worklist_errors() -> Iterator[None]:
    """Report a failure of the database or of the disk without any data of a film."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if any(sign in str(getattr(error, "orig", "")) for sign in _SIGNS_OF_A_LOCK):
            raise WorklistError(BUSY) from None
        raise WorklistError(
            f"The worklist cannot be read or written ({type(error).__name__}). Check that the database of "
            "CXR_DATABASE and the folder of CXR_FILMS exist, are writable and have free space, then try "
            "again."
        ) from None


class Database:
    """A database, migrated to the newest schema when it is opened.

    Parameters
    ----------
    url
        A SQLAlchemy URL, `postgresql://` or `sqlite:///`.

    second_place
        Called after each transaction that added lines to the audit trail, with their number and last hash.

    Raises
    ------
    WorklistError
        If it cannot be opened.

    Attributes
    ----------
    file
        The file of a SQLite database; None for a server.
    notice
        What a person should know: that the file was deleted or replaced while it was in use.
    """

    def __init__(self, url: str, second_place: Callable[[int, str], None] | None = None) -> None:
        self._second_place = second_place
        self.file: Path | None = None
        self.notice = ""
        self._changing = threading.Lock()
        self._writing = threading.Lock()
        with worklist_errors():
            parsed = _parsed(url)
            kind = parsed.get_backend_name()
            if kind not in KINDS:
                raise WorklistError(
                    f"CXR_DATABASE names a {kind} database. The worklist needs sqlite or postgresql."
                )
            if kind == "sqlite" and parsed.database:
                self.file = Path(parsed.database)
                self.file.parent.mkdir(parents=True, exist_ok=True)
                create_private(self.file)
                self._identity = identity(self.file)
            try:
                self.engine = _open(parsed)
            except (ImportError, TypeError, NoSuchModuleError):
                raise WorklistError(NO_URL) from None
            self._writer = self.engine.execution_options(**{_WRITES: True})
            try:
                upgrade(self.engine, self._writer)
            except NewerDatabaseError as error:
                raise WorklistError(str(error)) from None

    @classmethod
    def at_rest(cls, file: Path) -> Database:
        """Open a SQLite file that nobody writes to, for reading only: nothing is created beside it."""
        database = cls.__new__(cls)
        database.file = None
        database.engine = create_engine("sqlite://", hide_parameters=True)
        event.listen(database.engine, "do_connect", _connecting(existing(file, "mode=ro&immutable=1")))
        return database

    def copy(self, to: Path, progress: Callable[[int, int], None]) -> None:
        """Copy a SQLite database, while others read and write it, into a new file that is a whole database.

        No transaction is half done at that moment, nor a purge that has removed films but not yet said so.
        Open sign-ins are left out: who has signed out since must not be signed in by a copy.

        Parameters
        ----------
        progress
            Called with the pages copied and their total.
        """
        with self.reading() as session:
            with self.writing():
                session.execute(text("SELECT 1 FROM alembic_version"))
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            copy(driver, to, progress, leave_out=[SessionRow.__tablename__])

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read in one transaction: a snapshot of the worklist."""
        self._check_file()
        with worklist_errors(), Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write in one transaction: all of it is kept, or none."""
        with worklist_errors(), self._turn() as session:
            yield session
        if self._second_place and AUDIT_HEAD in session.info:
            self._second_place(*session.info[AUDIT_HEAD])

    @contextmanager
    def _turn(self) -> Iterator[Session]:
        """Begin a transaction that writes; a file that was deleted while it waited for its turn is left."""
        with self._in_line():
            while True:
                self._check_file()
                with Session(self._writer) as session, session.begin():
                    if self.file:
                        session.connection()
                    if self.file is None or identity(self.file) == self._identity:
                        yield session
                        return

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        """Let the threads of this process write to SQLite one after the other.

        SQLite asks ten times a second whether it may write, and who asks last may well be first. Each that
        waits there also holds one of the few connections, which readers need.
        """
        if self.file is None:
            yield
        elif self._writing.acquire(timeout=BUSY_SECONDS):
            try:
                yield
            finally:
                self._writing.release()
        else:
            raise WorklistError(BUSY)

    def _check_file(self) -> None:
        """Recover if somebody has deleted or replaced the file of a SQLite database that is in use.

        SQLite would go on with the deleted file, and lose all of it with the last process that has it open.
        """
        if self.file is None or identity(self.file) == self._identity:
            return
        with self._changing, worklist_errors():
            found = identity(self.file)
            if found == self._identity:
                return
            now = f"{datetime.datetime.now():%Y-%m-%d %H:%M}"
            if found:
                self.notice = (
                    f"{now}: the database {self.file} was replaced while the program was running. The new "
                    "one is in use. Check that it is the right one."
                )
            else:
                self._write_again(self.file)
                self.notice = (
                    f"{now}: the database {self.file} was deleted while the program was running. It was "
                    "written again, and nothing was lost. Find out what deleted it."
                )
            log.error("%s", self.notice)
            # Before it is opened: a file deleted or replaced in between is noticed by the next check.
            found = identity(self.file)
            self.engine.dispose()
            upgrade(self.engine, self._writer)
            self._identity = found

    def _write_again(self, file: Path) -> None:
        try:
            with closing(self.engine.raw_connection()) as connection:
                driver = connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                write_again(driver, file)
        except (SQLAlchemyError, sqlite3.Error, OSError, CopyError):
            raise WorklistError(
                f"The database {file} was deleted while the program was running. If its folder is missing, "
                "create it again: the program then writes the database again. Otherwise restore a backup "
                "with 'cxr restore', or restart the program for an empty worklist."
            ) from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise WorklistError(NO_URL) from None
    return parsed.set(drivername=POSTGRESQL) if parsed.drivername in ("postgresql", "postgres") else parsed


def _open(url: URL) -> Engine:
    # The parameters of a failing statement would put the film's name, and so the patient's, into the log.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        if url.database:
            event.listen(engine, "do_connect", _connecting(existing(Path(url.database))))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _ping_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _connecting(uri: str) -> Callable[..., None]:
    """Make SQLAlchemy open a URI, whatever its URL says."""

    def connecting(_dialect: object, _record: object, places: list[str], options: dict[str, Any]) -> None:
        places[0], options["uri"] = uri, True

    return connecting


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Allow readers alongside one writer, and wait for a busy database instead of failing."""
    # Python's driver would begin transactions itself, and too late; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Make a writer wait for its turn at the beginning: one that starts as a reader cannot wait later."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _ping_postgresql(connection: Any, _record: Any, _proxy: Any) -> None:
    """Drop all connections if the server was restarted, and let none wait for a lock longer than SQLite does.

    SQLAlchemy's own `pool_pre_ping` does not recognise the socket error that pg8000 then raises.
    """
    try:
        connection.autocommit = True
        connection.cursor().execute(f"SET lock_timeout = {BUSY_SECONDS * 1000}")
        connection.autocommit = False
    except Exception as error:
        raise InvalidatePoolError from error


def _begin_postgresql(connection: Connection) -> None:
    """Give a reader one snapshot, as SQLite does: by default each statement would see a later one."""
    if not connection.get_execution_options().get(_WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
