"""Tables of the worklist."""

import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Engine,
    Index,
    LargeBinary,
    String,
    TypeDecorator,
    false,
    inspect,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateColumn


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A moment with its time zone, kept as UTC also where the database knows no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """Take the zone off, after turning the moment to UTC."""
        return None if value is None else value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime.datetime | None:
        """Put the zone back on."""
        return None if value is None else value.replace(tzinfo=datetime.UTC)


class Table(DeclarativeBase):
    """Base of the worklist's tables."""


class CaseRow(Table):
    """One film on the worklist, and what was said of it."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    stated: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    arrived_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    set_aside_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    scored_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    flag: Mapped[str | None] = mapped_column(String(16))
    reasons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    probability: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    population: Mapped[str | None] = mapped_column(String(16))
    heat: Mapped[bytes | None] = mapped_column(LargeBinary)
    heat_rows: Mapped[int | None]
    heat_contour: Mapped[float | None]
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary)
    bundle_version: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float | None]
    turned: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


def prepare_tables(engine: Engine) -> None:
    """Make the tables that a database lacks, and add the columns that one of an earlier version lacks."""
    Table.metadata.create_all(engine)
    for column in _missing(engine):
        wanted = CreateColumn(column).compile(dialect=engine.dialect)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {wanted}")
        except DBAPIError:
            # A second program may have opened the worklist at the same moment, and added the column.
            if column in _missing(engine):
                raise


def _missing(engine: Engine) -> list[Column[Any]]:
    missing = []
    for table in Table.metadata.sorted_tables:
        there = {column["name"] for column in inspect(engine).get_columns(table.name)}
        missing += [column for column in table.columns if column.name not in there]
    return missing
