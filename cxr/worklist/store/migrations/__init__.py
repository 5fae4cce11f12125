"""Migrate a database of any earlier version to the newest schema.

A change of `schema.py` needs a new file in `versions` and its number in `NEWEST`. The triggers of the audit
trail do not let its rows be copied and dropped, so a step may add columns to it and nothing else.
"""

import threading
from pathlib import Path

from sqlalchemy import Boolean, Column, Connection, Engine, false, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

NEWEST = "0017"
BEFORE_ALEMBIC = "0001"
_POSTGRESQL_LOCK = 0x637872  # "cxr": held while the schema is changed
_STORED = text("SELECT version_num FROM alembic_version")
# Alembic keeps its state in global variables.
_alone = threading.Lock()


class NewerDatabaseError(Exception):
    """The database was made by a newer version of the program."""

    def __init__(self, stored: str) -> None:
        super().__init__(
            f"The worklist's database has schema {stored}; this version of the program knows those up to "
            f"{NEWEST}. Start the newer version, or set CXR_DATABASE to another database. Nothing changed."
        )


def upgrade(reading: Engine, writing: Engine) -> None:
    """Migrate a database to the newest schema in one transaction, once even if several programs start.

    Parameters
    ----------
    reading, writing
        Engines of the same database; transactions of the second hold SQLite's write lock from the start.

    Raises
    ------
    NewerDatabaseError
        If a newer version of the program made the database.
    """
    if _stored(reading) == NEWEST:
        return
    with _alone, writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRESQL_LOCK})
        bring_to(connection, NEWEST)


def bring_to(connection: Connection, revision: str) -> None:
    """Migrate a database to a revision, in the connection's transaction."""
    # Imported late: most starts find the newest schema and do not need Alembic.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    there = inspect(connection).get_table_names()
    if "alembic_version" in there:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        for stored in connection.scalars(_STORED):
            if stored not in known:
                raise NewerDatabaseError(stored)
    elif "cases" in there:
        _complete(connection)
        command.stamp(config, BEFORE_ALEMBIC)
    command.upgrade(config, revision)


def _stored(engine: Engine) -> str | None:
    """Return the revision of a database; None if it has no schema or cannot be queried."""
    try:
        with engine.connect() as connection:
            stored: str | None = connection.scalar(_STORED)
            return stored
    except (OperationalError, ProgrammingError):
        return None


def _complete(connection: Connection) -> None:
    """Add the column that a database from before Alembic may lack: films could not always be inverted."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    if "turned" not in {column["name"] for column in inspect(connection).get_columns("cases")}:
        turned = Column("turned", Boolean, nullable=False, server_default=false())
        Operations(MigrationContext.configure(connection)).add_column("cases", turned)
