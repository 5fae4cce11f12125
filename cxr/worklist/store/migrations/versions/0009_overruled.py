"""A person may have a film scored that the quality check refused."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; nobody has overruled anything yet."""
    op.add_column("films", sa.Column("overruled", sa.Boolean(), nullable=False, server_default=sa.false()))
