"""How tests wait: for a state or the end of a program, and never for ever."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

PATIENCE = 120.0
"""Seconds that something is waited for, on a machine that may be busy with other tests."""
HANGING = 400.0
"""Seconds after which a step of a test hangs: all its own waits are shorter (see `conftest.py`)."""

Found = TypeVar("Found")


def until(true: Callable[[], Found], what: str, seconds: float = PATIENCE) -> Found:
    """Ask again and again until something is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)
    return found


def output_of(*command: str | Path, **options: Any) -> str:
    """Run a program that has to succeed, and return what it wrote on both of its outputs."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, check=False, timeout=PATIENCE, **pipes | options)
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


def python(code: str, **options: Any) -> str:
    """Run Python code in a process of its own, and return what it wrote."""
    return output_of(sys.executable, "-c", code, **options)


@contextmanager
def running(*command: str | Path, **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Run a program beside a block, and kill it at its end, whoever else holds its pipes."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()
