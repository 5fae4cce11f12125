"""Attempts: how often reading a film ended the process that decodes it, or took too long."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; no film of before has cost an attempt."""
    op.add_column("cases", sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"))
