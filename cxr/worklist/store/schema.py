"""Tables of the worklist. A change here wants a step in `migrations/versions`."""

import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    TextClause,
    TypeDecorator,
    and_,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


# Films that are to be read: neither taken off the list nor read.
_OPEN = text("set_aside_at IS NULL AND read_at IS NULL")
_READ = text("set_aside_at IS NULL AND read_at IS NOT NULL")
_ASIDE = text("set_aside_at IS NOT NULL")
# What filters ask for stands in the indexes of each order: a list is filtered, counted and paged without a
# look at the rows, which hold pictures and are twenty times as large.
_FILTERED = ("flag", "scored_at", "reader", "population", "stated", "name")


def _index(name: str, where: TextClause, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class CaseRow(Table):
    """One film on the worklist, what was said of it, and who reads it."""

    __tablename__ = "cases"
    __table_args__ = (
        _index("ix_cases_standing", _OPEN, "lane", "age_group", "rank", "arrived_at", "id", *_FILTERED),
        _index("ix_cases_arrived", _OPEN, "arrived_at", "id", *_FILTERED),
        # Without the films that are not read: SQLite would take it for those to read, and sort them all.
        _index("ix_cases_read", _READ, "read_at", "id", *_FILTERED),
        _index("ix_cases_set_aside", _ASIDE, "set_aside_at", "id"),
        Index("ix_cases_unscored", "scored_at", "id"),
        Index("ix_cases_patient", "patient"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    stated: Mapped[str] = mapped_column(String(16))
    arrived_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    patient: Mapped[str | None] = mapped_column(String(64))
    set_aside_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    purged_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    turned: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")

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

    lane: Mapped[int] = mapped_column(SmallInteger)
    age_group: Mapped[int] = mapped_column(SmallInteger)
    rank: Mapped[float]
    raised: Mapped[str | None] = mapped_column(String(8))

    reader: Mapped[str | None] = mapped_column(String(80))
    taken_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    finding: Mapped[str | None] = mapped_column(String(16))
    agrees: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(Text)


def is_open() -> ColumnElement[bool]:
    """Tell the cases that are to be read, in the words of the partial indexes."""
    return and_(CaseRow.set_aside_at.is_(None), CaseRow.read_at.is_(None))


class IdentityRow(Table):
    """The original identifiers of a DICOM film, sealed: they stand here and nowhere else."""

    __tablename__ = "identities"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    wants_result: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class OutboxRow(Table):
    """A case whose result goes back to the PACS: `posted` counts how often there was one to send."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_next_try", "next_try"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    posted: Mapped[int]
    attempts: Mapped[int]
    next_try: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(80))
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Table):
    """One line of the audit trail. `text` is what a person wrote; it may go, its hash stays."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_case", "case_id"), Index("ix_audit_who", "who"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(24))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    model: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Table):
    """The end of the audit trail: one row, which whoever appends holds until done."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
