"""One reader: films wait, are scored, can be inverted and dismissed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first table."""
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("stated", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime()),
        sa.Column("scored_at", sa.DateTime()),
        sa.Column("flag", sa.String(16)),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("probability", sa.Double()),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("population", sa.String(16)),
        sa.Column("heat", sa.LargeBinary()),
        sa.Column("heat_rows", sa.Integer()),
        sa.Column("heat_contour", sa.Double()),
        sa.Column("thumbnail", sa.LargeBinary()),
        sa.Column("bundle_version", sa.String(64)),
        sa.Column("seconds", sa.Double()),
        sa.Column("turned", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_cases_state", "cases", ["state"])
