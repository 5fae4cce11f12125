"""Processes of tests, forked from one that has imported what they all need."""

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
# Who starts the first of them decides, whichever test that is.
PROCESSES.set_forkserver_preload(
    ["cxr.worklist.worklist", "alembic.command", "sqlalchemy.dialects.postgresql.pg8000"]
)
