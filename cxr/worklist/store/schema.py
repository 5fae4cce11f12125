"""Tables of the worklist. A change here needs a step in `migrations/versions`."""

from __future__ import annotations

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
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A time with its zone, stored as UTC because SQLite has no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """Convert to UTC and drop the zone."""
        return None if value is None else value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime.datetime | None:
        """Add the zone again."""
        return None if value is None else value.replace(tzinfo=datetime.UTC)


class Table(DeclarativeBase):
    """Base of the worklist's tables."""


# Cases to read: neither dismissed nor read.
_OPEN = text("dismissed_at IS NULL AND read_at IS NULL")
_READ = text("dismissed_at IS NULL AND read_at IS NOT NULL")
_DISMISSED = text("dismissed_at IS NOT NULL")
# The indexes of each order cover the columns of the filters: lists are filtered, counted and paged without
# reading the rows, which are larger.
_FILTERED = ("flag", "scored_at", "reader", "population", "name")


def _index(name: str, where: TextClause, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class CaseRow(Table):
    """A study on the worklist and its reading; flag, score time, population and priority follow its films.

    `key` is the Study Instance UID as the de-identified films give it, or the identity of the only film;
    `accession` is a keyed hash. `elsewhere` says that the finding came from where the film was reported.
    """

    __tablename__ = "cases"
    __table_args__ = (
        _index("ix_cases_priority", _OPEN, "lane", "age_group", "rank", "arrived_at", "id", *_FILTERED),
        _index("ix_cases_arrived", _OPEN, "arrived_at", "id", *_FILTERED),
        # Partial: otherwise SQLite would use it for the cases to read, and sort them all.
        _index("ix_cases_read", _READ, "read_at", "id", *_FILTERED),
        _index("ix_cases_dismissed", _DISMISSED, "dismissed_at", "id"),
        Index("ix_cases_patient", "patient"),
        Index("ix_cases_patient_number", "patient_number"),
        Index("ix_cases_accession", "accession"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    arrived_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    patient: Mapped[str | None] = mapped_column(String(64))
    patient_number: Mapped[str | None] = mapped_column(String(64))
    accession: Mapped[str | None] = mapped_column(String(64))
    dismissed_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    scored_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    flag: Mapped[str | None] = mapped_column(String(16))
    population: Mapped[str | None] = mapped_column(String(16))
    lane: Mapped[int] = mapped_column(SmallInteger)
    age_group: Mapped[int] = mapped_column(SmallInteger)
    rank: Mapped[float]
    raised: Mapped[str | None] = mapped_column(String(8))

    reader: Mapped[str | None] = mapped_column(String(80))
    claimed_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    finding: Mapped[str | None] = mapped_column(String(16))
    side: Mapped[str | None] = mapped_column(String(8))
    zone: Mapped[str | None] = mapped_column(String(8))
    agrees: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(Text)
    elsewhere: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    films: Mapped[list[FilmRow]] = relationship(
        back_populates="case", order_by="FilmRow.id", lazy="selectin", cascade="all, delete-orphan"
    )


class FilmRow(Table):
    """A film of a study and its result.

    `identity` is the SOP Instance UID as the de-identified file gives it, or the SHA-256 of the file that
    arrived; `sha256` is that of the file that is kept. `patient_before` is the pseudonym of the patient to
    whom the case belonged before the film was sent again with another Patient ID. `population` is what is
    known of the patient, `points_for` the population whose operating points were used. `probability`,
    `low` and `high` are at `prevalence`, which earlier versions did not record.
    """

    __tablename__ = "films"
    __table_args__ = (
        Index("ix_films_case", "case_id"),
        Index("ix_films_sha256", "sha256"),
        Index("ix_films_unscored", "scored_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    arrived_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    conflicts_with: Mapped[int | None] = mapped_column(ForeignKey("films.id"))
    patient_before: Mapped[str | None] = mapped_column(String(64))
    purged_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    inverted: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    orientation: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    overruled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    redaction: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    stated: Mapped[str] = mapped_column(String(16))
    age_years: Mapped[float | None]
    population: Mapped[str] = mapped_column(String(16))
    points_for: Mapped[str | None] = mapped_column(String(16))

    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")

    scored_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    flag: Mapped[str | None] = mapped_column(String(16))
    reasons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    logit: Mapped[float | None]
    probability: Mapped[float | None]
    prevalence: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    heat: Mapped[bytes | None] = mapped_column(LargeBinary)
    heat_rows: Mapped[int | None]
    heat_contour: Mapped[float | None]
    lungs: Mapped[bytes | None] = mapped_column(LargeBinary)
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary)
    bundle_version: Mapped[str | None] = mapped_column(String(64))
    engine: Mapped[str | None] = mapped_column(String(120))
    seconds: Mapped[float | None]

    case: Mapped[CaseRow] = relationship(back_populates="films")


def is_open() -> ColumnElement[bool]:
    """Select the cases to read, worded like the partial indexes."""
    return and_(CaseRow.dismissed_at.is_(None), CaseRow.read_at.is_(None))


class IdentityRow(Table):
    """The original identifiers of a DICOM film, encrypted; they are stored nowhere else."""

    __tablename__ = "identities"

    film_id: Mapped[int] = mapped_column(ForeignKey("films.id"), primary_key=True, autoincrement=False)
    encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    wants_result: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class OtherNumberRow(Table):
    """One of the Other Patient IDs of a film, as pseudonyms (see `cxr.film.patient.PatientNumber`)."""

    __tablename__ = "other_numbers"
    __table_args__ = (
        Index("ix_other_numbers_film", "film_id"),
        Index("ix_other_numbers_number", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    film_id: Mapped[int] = mapped_column(ForeignKey("films.id"))
    pseudonym: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(64))


class OutboxRow(Table):
    """A film whose result goes back to the PACS; `posted` counts its versions."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_next_try", "next_try"),)

    film_id: Mapped[int] = mapped_column(ForeignKey("films.id"), primary_key=True, autoincrement=False)
    posted: Mapped[int]
    attempts: Mapped[int]
    next_try: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(80))
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Table):
    """One line of the audit trail. `text` is what a person wrote; it may be erased, its hash stays."""

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
    """The end of the audit trail: one row, locked by each writer that appends."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lines: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


class AccountRow(Table):
    """Someone who may sign in: with the password of this hash, or as the subject of a provider.

    `folded` is the name in one case, by which it is found.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(160), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    signed_in_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class SessionRow(Table):
    """Someone who is signed in; `key` is the hash of the token that the browser has."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_account", "account_id"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    opened_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)


class SignInAttemptRow(Table):
    """Failed attempts to sign in with a name, known only by its hash."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_last", "last_at"),)

    name_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
