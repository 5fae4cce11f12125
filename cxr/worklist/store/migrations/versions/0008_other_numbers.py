"""Other Patient IDs of films, as pseudonyms: films of the same patient may come later."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table; what earlier films named is not known any more."""
    op.create_table(
        "other_numbers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("film_id", sa.Integer(), sa.ForeignKey("films.id"), nullable=False),
        sa.Column("pseudonym", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
    )
    op.create_index("ix_other_numbers_film", "other_numbers", ["film_id"])
    op.create_index("ix_other_numbers_number", "other_numbers", ["number"])
