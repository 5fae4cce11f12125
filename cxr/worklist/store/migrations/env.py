"""Run Alembic's steps in the connection and transaction of `bring_to`."""

from alembic import context

from cxr.worklist.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
)
context.run_migrations()
