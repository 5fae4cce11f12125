"""Side and zone of the pneumonia that a reader found."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; no reader could state them until now."""
    op.add_column("cases", sa.Column("side", sa.String(8), nullable=True))
    op.add_column("cases", sa.Column("zone", sa.String(8), nullable=True))
