"""What the film viewer shows in its readout."""

import re

from playwright.sync_api import Page

DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""Waits for the frame after the next."""


def readout(page: Page) -> str:
    """What the viewer writes once it has drawn what came last."""
    page.evaluate(DRAWN)
    return page.locator(".readout").inner_text()


def zoom_shown(page: Page) -> float:
    found = re.search(r"Zoom (\d+) %", readout(page))
    assert found
    return float(found[1])
