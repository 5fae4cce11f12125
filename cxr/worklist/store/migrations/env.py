"""What Alembic runs its steps in: the connection, and the transaction, that `bring_to` hands over."""

from alembic import context

from cxr.worklist.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
)
context.run_migrations()
