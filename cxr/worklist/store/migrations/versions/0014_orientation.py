"""A person may have a film rotated or mirrored that its file does not hold upright."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; every film is as stored."""
    op.add_column("films", sa.Column("orientation", sa.SmallInteger(), nullable=False, server_default="0"))
