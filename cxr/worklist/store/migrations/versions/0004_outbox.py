"""Results that go back to the PACS."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the outbox; no earlier film asked for a result."""
    op.create_table(
        "outbox",
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime()),
        sa.Column("sent_at", sa.DateTime()),
        sa.Column("failure", sa.String(80)),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.DateTime()),
    )
    op.create_index("ix_outbox_next_try", "outbox", ["next_try"])
