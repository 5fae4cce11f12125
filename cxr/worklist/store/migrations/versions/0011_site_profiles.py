"""Site profiles are kept in the database."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table; no profile is kept here yet."""
    op.create_table(
        "site_profiles",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("version", sa.String(8), nullable=False, unique=True),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("in_use", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
