"""The app as its users start it, on a port and a worklist of its own, for measurements and tests."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxr.settings import ROOT

START_SECONDS = 150
APP_LOG = "app.log"


@dataclass(frozen=True, slots=True)
class ServedApp:
    """An app that answers at an address."""

    url: str
    process: int

    def memory_mb(self, peak: bool = False) -> float:
        """Memory that the process holds now, or the most that it ever held; Linux alone says."""
        status = Path(f"/proc/{self.process}/status").read_text()
        found = re.search(rf"Vm{'HWM' if peak else 'RSS'}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024 / 1e6


@contextmanager
def served_app(folder: Path, before: Sequence[str] = (), **settings: str) -> Iterator[ServedApp]:
    """Serve the app with its worklist in a folder, where it writes its log to `APP_LOG`.

    Parameters
    ----------
    before
        What its command is run by, for instance a tracer.
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
    command = [*before, sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with (folder / APP_LOG).open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
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
