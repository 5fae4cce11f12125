"""The app as its users start it, on a port and a worklist of its own."""

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

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 150


@dataclass(frozen=True, slots=True)
class RunningApp:
    """An app that answers, and when its process was started, in seconds of `time.monotonic`."""

    url: str
    pid: int
    started: float

    def resident_mb(self, peak: bool = False) -> float:
        """Memory that the process holds now, or the most it ever held; Linux alone tells."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"Vm{'HWM' if peak else 'RSS'}:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024 / 1e6


@contextmanager
def started_app(folder: Path, before: Sequence[str] = (), **settings: str) -> Iterator[RunningApp]:
    """Serve the app with its worklist in a folder; `before` is what its command is run by."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "CXR_DATABASE": f"sqlite:///{folder / 'worklist.sqlite3'}",
        "CXR_FILMS": str(folder / "films"),
        "STREAMLIT_SERVER_HEADLESS": "true",
        **settings,
    }
    command = [*before, sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with (folder / "app.log").open("ab") as log:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://localhost:{port}"
        _wait_until_healthy(url, process)
        yield RunningApp(url, process.pid, started)
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_app(folder: Path, **settings: str) -> Iterator[str]:
    """Serve the app with its worklist in a folder, and give its address."""
    with started_app(folder, **settings) as app:
        yield app.url


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "The app ended while it started."
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except OSError:  # refused, reset or late: URLError is one of these
            time.sleep(0.05)
    raise TimeoutError(f"The app was not up after {START_SECONDS} s.")
