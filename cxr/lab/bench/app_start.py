"""How soon a fresh app shows its page and its first result in a browser, and how much memory it takes."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cxr.lab.bench.served_app import served_app
from cxr.lab.bench.speed import AppStart
from cxr.lab.bench.timing import spread

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STARTS = 3
PATIENCE_MS = 60_000
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
    if not (has_chromium() and Path("/proc/self/status").exists()):
        return None
    measured = []
    for _ in range(starts):
        with chromium() as browser:
            measured.append(_measure(browser, film, digest))
    return AppStart(starts, *map(spread, zip(*measured, strict=True)))


def has_chromium() -> bool:
    """Whether there is a browser, and the package that drives it."""
    return bool(find_spec("playwright") and CHROMIUM)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start a fresh browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


def _measure(browser: "Browser", film: Path, digest: str) -> tuple[float, float, float, float, float]:
    # The browser runs before the app, as a user's does: its own start is not the app's.
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto("about:blank")
    page.add_init_script(WATCH)
    with tempfile.TemporaryDirectory() as folder, served_app(Path(folder), CXR_BUNDLE_DIGEST=digest) as app:
        opened = time.monotonic()
        page.goto(app.url, wait_until="commit")
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
            app.memory_mb(),
            app.memory_mb(peak=True),
        )
