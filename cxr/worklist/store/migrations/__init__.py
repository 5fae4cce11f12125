"""The worklist's schema through time: a database of any earlier version is brought to the newest.

A change of `schema.py` wants a new file in `versions` and its number in `NEWEST`. Rows of the audit trail
cannot be copied and dropped (its triggers refuse), so a step may add columns to it and nothing else.
"""

import threading
from pathlib import Path

from sqlalchemy import Boolean, Column, Connection, Engine, false, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

NEWEST = "0005"
BEFORE_ALEMBIC = "0001"
_POSTGRESQL_LOCK = 0x637872  # "cxr": whoever changes the schema holds it
_STORED = text("SELECT version_num FROM alembic_version")
# Alembic keeps what it works on in global variables.
_alone = threading.Lock()


class NewerDatabaseError(Exception):
    """The database was made by a newer version of the program."""

    def __init__(self, stored: str) -> None:
        super().__init__(
            f"The worklist's database has the schema {stored}, and this version of the program knows those "
            f"up to {NEWEST}. Start the newer version, or name another database in CXR_DATABASE. Nothing "
            "was changed."
        )


def upgrade(reading: Engine, writing: Engine) -> None:
    """Bring a database to the newest schema, in one transaction; of several programs at once one does it.

    Parameters
    ----------
    reading, writing
        Engines of the same database; a transaction of the second holds SQLite's write lock from its
        beginning.

    Raises
    ------
    NewerDatabaseError
        Where a newer version of the program made the database.
    """
    if _stored(reading) == NEWEST:
        return
    with _alone, writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRESQL_LOCK})
        bring_to(connection, NEWEST)


def bring_to(connection: Connection, revision: str) -> None:
    """Bring a database up to a revision, in the connection's transaction."""
    # Late: most starts of the program find the newest schema and need no Alembic.
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
    """Revision of a database; nothing where it has no schema, or cannot be asked."""
    try:
        with engine.connect() as connection:
            stored: str | None = connection.scalar(_STORED)
            return stored
    except (OperationalError, ProgrammingError):
        return None


def _complete(connection: Connection) -> None:
    """Add what a database from before Alembic lacks: films could not always be turned round."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    if "turned" not in {column["name"] for column in inspect(connection).get_columns("cases")}:
        turned = Column("turned", Boolean, nullable=False, server_default=false())
        Operations(MigrationContext.configure(connection)).add_column("cases", turned)
