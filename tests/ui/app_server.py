"""The app as its users start it, by its address: forked from a process that has imported it."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ui import app_zygote

from cxr.lab.bench.served_app import ServedApp, served_app, start_app

ROOT = Path(__file__).resolve().parents[2]
# Of this process, before a test changes it.
ENVIRONMENT = dict(os.environ)


class Forked:
    """An app that was forked; the child of another process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return None while it lives; nobody knows with which status it ended."""
        return 0 if select.select([self._process], [], [], 0)[0] else None

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it has ended."""
        select.select([self._process], [], [])
        os.close(self._process)
        return 0


@cache
def _zygote() -> subprocess.Popen[bytes]:
    """The process that forks: one for all tests of this process, with whose input it ends."""
    return subprocess.Popen(
        [sys.executable, app_zygote.__file__],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def fork_app(options: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
    """Fork an app."""
    zygote = _zygote()
    assert zygote.stdin and zygote.stdout
    wanted = {"command": [*options], "environment": {**environment}, "log": str(log)}
    zygote.stdin.write(json.dumps(wanted).encode() + b"\n")
    zygote.stdin.flush()
    return Forked(int(zygote.stdout.readline()))


@contextmanager
def forked_app(folder: Path, **settings: str) -> Iterator[ServedApp]:
    """Serve the app with its worklist in a folder. Only Linux ends a fork with the process it came from."""
    with served_app(folder, fork_app if sys.platform == "linux" else start_app, **settings) as app:
        yield app


@contextmanager
def running_app(folder: Path, **settings: str) -> Iterator[str]:
    """Serve the app with its worklist in a folder, and give its address."""
    with forked_app(folder, **settings) as app:
        yield app.url
