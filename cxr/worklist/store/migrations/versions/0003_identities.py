"""Original identifiers of DICOM films, in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; the headers of earlier films stay in their files."""
    op.create_table(
        "identities",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("wants_result", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
