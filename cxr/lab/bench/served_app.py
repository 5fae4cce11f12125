"""The app as its users start it, on a port and a worklist of its own, for measurements and tests."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cxr.settings import ROOT

START_SECONDS = 150
APP_LOG = "app.log"


@dataclass(frozen=True, slots=True)
class ServedApp:
    """An app that answers at an address."""

    url: str
    process: int

    def memory_mb(self, peak: bool = False) -> float:
        """Return the memory of its process, as `memory_mb`."""
        return memory_mb(self.process, peak)


def memory_mb(process: int, peak: bool = False) -> float:
    """Memory that a process holds now, or the most that it ever held; Linux alone says."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"Vm{'HWM' if peak else 'RSS'}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024 / 1e6


class Serving(Protocol):
    """A process that serves the app."""

    @property
    def pid(self) -> int:
        """Its process ID."""

    def poll(self) -> int | None:
        """Return None while it lives."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> int:
        """Wait until it has ended."""


def start_app(
    options: Sequence[str], environment: Mapping[str, str], log: Path, before: Sequence[str] = ()
) -> Serving:
    """Start Streamlit with these options, run by what comes before its command, for instance a tracer."""
    command = [*before, sys.executable, "-m", "streamlit", *options]
    with log.open("ab") as output:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)


Starter = Callable[[Sequence[str], Mapping[str, str], Path], Serving]


@contextmanager
def served_app(folder: Path, start: Starter = start_app, **settings: str) -> Iterator[ServedApp]:
    """Serve the app with its worklist in a folder, where it writes its log to `APP_LOG`.

    Parameters
    ----------
    start
        How its process is started, from Streamlit's options, the environment and the path of the log.
    settings
        Environment variables.

    Raises
    ------
    RuntimeError
        Where it does not start.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "CXR_DATABASE": database_of(folder),
        "CXR_FILMS": str(folder / "films"),
        "STREAMLIT_SERVER_HEADLESS": "true",
        **settings,
    }
    process = start(["run", "app.py", f"--server.port={port}"], environment, folder / APP_LOG)
    url = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The app did not start. {folder / APP_LOG} says why.")
            time.sleep(0.05)
        yield ServedApp(url, process.pid)
    finally:
        process.kill()
        process.wait()


def database_of(folder: Path) -> str:
    """URL of the worklist's database in a folder."""
    return f"sqlite:///{folder / 'worklist.sqlite3'}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1):
            return True
    except OSError:
        return False
