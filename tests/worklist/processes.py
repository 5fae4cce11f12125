"""Processes of tests, forked from one that has imported what they all need."""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from waiting import PATIENCE

from cxr.film.decoding_child import TASKS
from cxr.film.decoding_pool import POOL, Answer, Attempt

PROCESSES = multiprocessing.get_context("forkserver")
# Who starts the first of them decides, whichever test that is.
PROCESSES.set_forkserver_preload(
    [
        "cxr.worklist.worklist",
        "cxr.film.decoding_child",
        "alembic.command",
        "sqlalchemy.dialects.postgresql.pg8000",
    ]
)


@contextmanager
def speaking(target: Callable[..., None], *arguments: Any) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run a function beside a block in a process that speaks through its last argument, and kill it then."""
    hears, says = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_run, args=(target, *arguments, says), daemon=True)
    process.start()
    # Only the process holds it now: what ends without a word is heard as an error, and not waited for.
    says.close()
    try:
        yield process, hears
    finally:
        process.kill()
        process.join(PATIENCE)


def spoken(hears: Connection) -> Any:
    """The next word of a process."""
    assert hears.poll(PATIENCE), "the process said nothing"
    return hears.recv()


def exit_codes(target: Callable[..., None], *calls: tuple[Any, ...]) -> list[int | None]:
    """Run a function in a process for each call, all at once, and return how each ended."""
    processes = [
        PROCESSES.Process(target=_run, args=(target, *arguments), daemon=True) for arguments in calls
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    return [process.exitcode for process in processes]


def _run(target: Callable[..., None], *arguments: Any) -> None:
    """Run a function in a process that decodes films itself: a child for each would cost most."""
    POOL.ask = _decode_here  # type: ignore[method-assign]  # in this process alone, which ends with its test
    target(*arguments)


def _decode_here(
    task: str, arguments: dict[str, Any], content: bytes, attempt: Attempt = Attempt.BOTH
) -> Answer:
    """Do in this process what a decoding child does."""
    header, body = TASKS[task](content, **arguments)
    return json.loads(json.dumps(header)), bytearray(body)
