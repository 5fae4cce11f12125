"""How soon a fresh app shows its page and its first result in a browser, and what memory it takes.

`python tests/ui/cold_start.py FILM STARTS` prints it as JSON.
"""

import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(folder) for folder in (Path(__file__).parents[1], Path(__file__).parents[2])]

from playwright.sync_api import Browser, Page
from ui.app_server import started_app
from ui.browser import chromium

PATIENCE_MS = 60_000
# Watches from inside the page, so that watching takes no turns between browser and test.
WATCH = """
    window.seen = {};
    new MutationObserver(() => {
        const now = performance.now();
        const heading = document.querySelector("h1");
        if (heading && !window.seen.heading && heading.textContent.includes("Read a film"))
            window.seen.heading = now;
        if (!window.seen.result && document.querySelector("[data-testid=stMetricValue]"))
            window.seen.result = now;
    }).observe(document, {childList: true, subtree: true, characterData: true});
"""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """One start of the app.

    Attributes
    ----------
    answering
        Seconds from the start of the process until the server answers.
    contentful_paint, heading, result
        Seconds from opening the page until the browser first paints something, until the page's heading
        is there, and until the probability of a film uploaded at once is.
    result_of_process
        Seconds from the start of the process until that probability.
    resident_mb, peak_mb
        Memory of the app's process after that film, and the most it held until then.
    """

    answering: float
    contentful_paint: float
    heading: float
    result: float
    result_of_process: float
    resident_mb: float
    peak_mb: float


def measure(browser: Browser, film: Path) -> ColdStart:
    """Start the app, open its page in a browser that has never seen it, drop a film on it, await the result.

    The browser is there before, with an empty page, as a user's is: its own start is not the app's.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto("about:blank")
    page.add_init_script(WATCH)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(page, Path(folder), film)
    finally:
        page.context.close()


def _measure(page: Page, folder: Path, film: Path) -> ColdStart:
    with started_app(folder) as app:
        answering = time.monotonic() - app.started
        opened = time.monotonic()
        page.goto(app.url, wait_until="commit")
        page.get_by_role("radio", name="Not stated").click(timeout=PATIENCE_MS)
        page.locator("input[type=file]").set_input_files(film, timeout=PATIENCE_MS)
        page.wait_for_function("window.seen.result", timeout=PATIENCE_MS)
        ended = time.monotonic()
        seen = page.evaluate(
            "({...window.seen, paint: performance.getEntriesByName('first-contentful-paint')[0].startTime})"
        )
        return ColdStart(
            answering=answering,
            contentful_paint=seen["paint"] / 1000,
            heading=seen["heading"] / 1000,
            result=ended - opened,
            result_of_process=ended - app.started,
            resident_mb=app.resident_mb(),
            peak_mb=app.resident_mb(peak=True),
        )


if __name__ == "__main__":
    starts = []
    for _ in range(int(sys.argv[2])):
        with chromium() as fresh:
            starts.append(asdict(measure(fresh, Path(sys.argv[1]))))
    figures = {name: [round(start[name], 3) for start in starts] for name in starts[0]}
    summary = {
        name: {"min": min(values), "median": statistics.median(values), "all": values}
        for name, values in figures.items()
    }
    print(json.dumps(summary, indent=2))
