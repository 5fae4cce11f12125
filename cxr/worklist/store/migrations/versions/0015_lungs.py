"""Where the lungs are is kept with a heat map, so that its region can be described."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column; of earlier results it is not known."""
    op.add_column("films", sa.Column("lungs", sa.LargeBinary(), nullable=True))
