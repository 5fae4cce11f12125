"""A site is live, silent, or stopped by its stop rule."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table with its only row: results are shown, as before."""
    table = op.create_table(
        "site_state",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("mode", sa.String(16), nullable=False, server_default="live"),
        sa.Column("since", sa.DateTime()),
        sa.Column("who", sa.String(80)),
        sa.Column("reason", sa.Text()),
        sa.Column("least_agreement", sa.Double()),
    )
    op.bulk_insert(table, [{"id": 1, "mode": "live"}])
