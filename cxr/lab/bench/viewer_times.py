"""How soon a click in the worklist shows a film, and how smoothly a large one is windowed, in a browser."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cxr.film import Population
from cxr.lab.bench.app_start import PATIENCE_MS, chromium, has_chromium
from cxr.lab.bench.served_app import database_of, served_app
from cxr.lab.bench.speed import Spread
from cxr.lab.bench.timing import spread
from cxr.samples import sample_paths
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIDE = 2500
"""Pixels of the film on each side, of 16 bits."""
DRAGGED_STEPS, REACH = 200, 300
"""Moves of the mouse while windowing, and how many pixels they cover."""
ROW = ".st-key-case-table tbody tr .waited"
# Counts from the click, frame by frame, until the film is there small, ahead of or in the viewer, then whole.
WATCH_THE_CLICK = """() => addEventListener("click", () => {
    const began = performance.now();
    window.seen = {};
    const look = () => {
        if (document.querySelector(".cxr-preview")) window.seen.first ??= performance.now() - began;
        for (const host of document.querySelectorAll("[data-testid=stBidiComponentIsolated]")) {
            const shows = host.shadowRoot?.querySelector(".viewer")?.dataset.shows;
            if (shows) window.seen.first ??= performance.now() - began;
            if (shows === "full") window.seen.full ??= performance.now() - began;
        }
        if (!window.seen.full) requestAnimationFrame(look);
    };
    look();
}, {capture: true, once: true})"""
COUNT_FRAMES = """() => {
    window.frames_at = [];
    const count = (at) => { window.frames_at.push(at); requestAnimationFrame(count); };
    requestAnimationFrame(count);
}"""
FRAMES_A_SECOND = "1000 * (frames_at.length - 1) / (frames_at.at(-1) - frames_at[0])"


@dataclass(frozen=True, slots=True)
class ViewerTimes:
    """Milliseconds from the click on a row to a picture and to the whole film; frames a second."""

    opened: int
    first_picture: Spread
    whole_film: Spread
    frames_a_second: Spread


def measure_viewer(digest: str, opened: int = 5) -> ViewerTimes | None:
    """Open a film from the worklist several times and window it; without a browser, measure nothing.

    The app trusts the bundle of that digest, which may not be released yet. Its film is a sample of `SIDE`
    by `SIDE` pixels; after the first time the browser may have it at hand.
    """
    if not has_chromium():
        return None
    with tempfile.TemporaryDirectory(prefix="cxr-") as name:
        folder = Path(name)
        worklist = Worklist(database_of(folder), folder / "films")
        worklist.intake.accept("large.png", _large_film(), Population.CHILD, "bench")
        with served_app(folder, CXR_BUNDLE_DIGEST=digest) as app, chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(PATIENCE_MS)
            measured = [_open_and_window(page, app.url) for _ in range(opened)]
    return ViewerTimes(opened, *map(spread, zip(*measured, strict=True)))


def _large_film() -> bytes:
    with Image.open(sample_paths()[0]) as sample:
        grey = np.asarray(sample.convert("L").resize((SIDE, SIDE)), dtype=np.uint16)
    file = io.BytesIO()
    Image.fromarray(grey * 257).save(file, "PNG")
    return file.getvalue()


def _open_and_window(page: "Page", url: str) -> tuple[float, float, float]:
    page.goto(f"{url}/worklist")
    page.locator(".stMarkdownBadge", has_text="To be scored 0").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.evaluate(WATCH_THE_CLICK)
    page.locator(ROW).first.click()
    page.locator(".viewer[data-shows=full]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    box = page.locator(".viewer .stage").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.evaluate(COUNT_FRAMES)
    page.mouse.move(x + REACH, y + REACH, steps=DRAGGED_STEPS)
    found = page.evaluate(f"[seen.first, seen.full, {FRAMES_A_SECOND}]")
    page.mouse.up(button="right")
    first, full, frames = (float(value) for value in found)
    return first, full, frames
