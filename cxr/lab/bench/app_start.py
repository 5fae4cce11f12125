"""How soon a fresh app shows its page and its first result in a browser, and how much memory it takes."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from cxr.lab.bench.speed import AppStart, Spread
from cxr.settings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STARTS = 3
START_SECONDS, PATIENCE_MS = 60, 60_000
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Watches from inside the page, which costs no round trips between browser and benchmark.
WATCH = """
    window.seen = {};
    new MutationObserver(() => {
        const heading = document.querySelector("h1");
        if (heading && !window.seen.heading && heading.textContent.includes("Read a film"))
            window.seen.heading = performance.now();
    }).observe(document, {childList: true, subtree: true, characterData: true});
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def measure_start(film: Path, digest: str, starts: int = STARTS) -> AppStart | None:
    """Start the app several times, each with a fresh browser; without a browser, measure nothing.

    The app trusts the bundle of that digest, which may not be released yet.

    The figures are the seconds from opening the page until its first paint, its heading and the result of
    a film that is dropped on it at once; and the app's memory after that film, and at its peak, in MB.
    """
    if not (find_spec("playwright") and CHROMIUM and Path("/proc/self/status").exists()):
        return None
    from playwright.sync_api import sync_playwright

    measured = []
    for _ in range(starts):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            measured.append(_measure(browser, film, digest))
            browser.close()
    return AppStart(starts, *(Spread(median(v), min(v), max(v)) for v in zip(*measured, strict=True)))


def _measure(browser: "Browser", film: Path, digest: str) -> tuple[float, float, float, float, float]:
    # The browser runs before the app, as a user's does: its own start is not the app's.
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto("about:blank")
    page.add_init_script(WATCH)
    with tempfile.TemporaryDirectory() as folder, _running_app(Path(folder), digest) as (url, process):
        opened = time.monotonic()
        page.goto(url, wait_until="commit")
        page.get_by_role("radio", name="Not stated").click(timeout=PATIENCE_MS)
        page.locator("input[type=file]").set_input_files(film, timeout=PATIENCE_MS)
        # The app's policy allows no string to be run as a script, as waiting for a function would.
        page.locator("[data-testid=stMetricValue]").first.wait_for(timeout=PATIENCE_MS)
        result = time.monotonic() - opened
        heading, paint = page.evaluate(f"[window.seen.heading, {PAINT}]")
        return (
            paint / 1000,
            heading / 1000,
            result,
            _memory_mb(process, "VmRSS"),
            _memory_mb(process, "VmHWM"),
        )


@contextmanager
def _running_app(folder: Path, digest: str) -> Iterator[tuple[str, int]]:
    """Serve the app with its worklist in a folder; give its address and its process."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "CXR_DATABASE": f"sqlite:///{folder / 'worklist.sqlite3'}",
        "CXR_FILMS": str(folder / "films"),
        "CXR_BUNDLE_DIGEST": digest,
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The app did not start. Start it with 'streamlit run app.py' to see why.")
            time.sleep(0.05)
        yield url, process.pid
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


def _memory_mb(process: int, field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) * 1024 / 1e6
