"""Studies and their films in tables of their own; a case of before is a study of one film with its number."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

OPEN = sa.text("dismissed_at IS NULL AND read_at IS NULL")
READ = sa.text("dismissed_at IS NULL AND read_at IS NOT NULL")
DISMISSED = sa.text("dismissed_at IS NOT NULL")
FILTERED = ("flag", "scored_at", "reader", "population", "name")

# What of the patient was known: the column held the population whose operating points were used, which is
# "child" for many a patient of unknown age.
KNOWN = """
CASE WHEN CAST(reasons AS TEXT) LIKE '%"population_unknown"%' THEN 'unknown'
ELSE COALESCE(population, stated) END
"""
OF_FILM = (
    *("sha256", "name", "arrived_at", "stated", "purged_at", "lease_owner", "lease_until", "attempts"),
    *("scored_at", "flag", "reasons", "probability", "low", "high", "heat", "heat_rows", "heat_contour"),
    *("thumbnail", "bundle_version", "seconds"),
)
LEFT_TO_FILMS = (
    *("turned", "stated", "purged_at", "lease_owner", "lease_until", "attempts", "reasons", "probability"),
    *("low", "high", "heat", "heat_rows", "heat_contour", "thumbnail", "bundle_version", "seconds"),
)


def upgrade() -> None:
    """Move the films out of the cases, and identifiers and results from cases to films."""
    _films()
    _cases()
    _of_films("identities", {"sealed": "encrypted"}, ("wants_result",), _identities())
    outbox = ("posted", "attempts", "next_try", "sent_at", "failure", "lease_owner", "lease_until")
    op.drop_index("ix_outbox_next_try", "outbox")
    _of_films("outbox", {}, outbox, _outbox())
    op.create_index("ix_outbox_next_try", "outbox", ["next_try"])


def _films() -> None:
    op.create_table(
        "films",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.Column("conflicts_with", sa.Integer(), sa.ForeignKey("films.id")),
        sa.Column("purged_at", sa.DateTime()),
        sa.Column("inverted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("redaction", sa.JSON()),
        sa.Column("stated", sa.String(16), nullable=False),
        sa.Column("age_years", sa.Double()),
        sa.Column("population", sa.String(16), nullable=False),
        sa.Column("points_for", sa.String(16)),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("scored_at", sa.DateTime()),
        sa.Column("flag", sa.String(16)),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("logit", sa.Double()),
        sa.Column("probability", sa.Double()),
        sa.Column("prevalence", sa.Double()),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("heat", sa.LargeBinary()),
        sa.Column("heat_rows", sa.Integer()),
        sa.Column("heat_contour", sa.Double()),
        sa.Column("thumbnail", sa.LargeBinary()),
        sa.Column("bundle_version", sa.String(64)),
        sa.Column("engine", sa.String(120)),
        sa.Column("seconds", sa.Double()),
    )
    names = ", ".join(OF_FILM)
    op.execute(
        f"INSERT INTO films (id, case_id, identity, inverted, points_for, population, {names}) "
        f"SELECT id, id, sha256, turned, population, {KNOWN}, {names} FROM cases"
    )
    for name in ("case_id", "sha256"):
        op.create_index(f"ix_films_{name.removesuffix('_id')}", "films", [name])
    op.create_index("ix_films_unscored", "films", ["scored_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval('films_id_seq', (SELECT MAX(id) FROM cases)) WHERE EXISTS (SELECT 1 FROM cases)"
        )


def _cases() -> None:
    for name in ("standing", "arrived", "read", "set_aside", "unscored"):
        op.drop_index(f"ix_cases_{name}", "cases")
    op.execute(f"UPDATE cases SET population = {KNOWN}")
    # A patient of unknown age has a group of its own, between children and adults.
    op.execute(
        "UPDATE cases SET age_group = CASE population WHEN 'child' THEN 0 WHEN 'adult' THEN 2 ELSE 1 END"
    )
    # In place: the audit trail refers to this table, and its rows cannot be copied.
    for old, new in (("sha256", "key"), ("set_aside_at", "dismissed_at"), ("taken_at", "claimed_at")):
        op.execute(f"ALTER TABLE cases RENAME COLUMN {old} TO {new}")
    for name in LEFT_TO_FILMS:
        op.execute(f"ALTER TABLE cases DROP COLUMN {name}")
    # The pseudonym of a number without its issuer is that of the number alone.
    op.add_column("cases", sa.Column("patient_number", sa.String(64)))
    op.execute("UPDATE cases SET patient_number = patient")
    for name, columns, where in (
        ("priority", ["lane", "age_group", "rank", "arrived_at", "id", *FILTERED], OPEN),
        ("arrived", ["arrived_at", "id", *FILTERED], OPEN),
        ("read", ["read_at", "id", *FILTERED], READ),
        ("dismissed", ["dismissed_at", "id"], DISMISSED),
        ("patient_number", ["patient_number"], None),
    ):
        op.create_index(f"ix_cases_{name}", "cases", columns, sqlite_where=where, postgresql_where=where)


def _of_films(
    table: str, renamed: dict[str, str], same: tuple[str, ...], columns: list[sa.Column[Any]]
) -> None:
    """Make a table that refers to films of one that referred to cases."""
    film = sa.Column(
        "film_id", sa.Integer(), sa.ForeignKey("films.id"), primary_key=True, autoincrement=False
    )
    op.create_table(f"new_{table}", film, *columns)
    new = ", ".join(["film_id", *renamed.values(), *same])
    old = ", ".join(["case_id", *renamed, *same])
    op.execute(f"INSERT INTO new_{table} ({new}) SELECT {old} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


def _identities() -> list[sa.Column[Any]]:
    return [
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("wants_result", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def _outbox() -> list[sa.Column[Any]]:
    return [
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime()),
        sa.Column("sent_at", sa.DateTime()),
        sa.Column("failure", sa.String(80)),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.DateTime()),
    ]
