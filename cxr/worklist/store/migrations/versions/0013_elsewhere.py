"""Findings of films that were reported elsewhere, and accession numbers, as keyed hashes, to find them by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; all findings until now were made here, and accession numbers were not kept."""
    op.add_column("cases", sa.Column("accession", sa.String(64), nullable=True))
    op.add_column("cases", sa.Column("elsewhere", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_cases_accession", "cases", ["accession"])
