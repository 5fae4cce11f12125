"""Whose film it was before it was sent again with another Patient ID."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; of earlier corrections only the trail knows."""
    op.add_column("films", sa.Column("patient_before", sa.String(64), nullable=True))
