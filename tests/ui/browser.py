"""Chromium as the tests and the picture script drive it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, expect, sync_playwright

# The shell first: the others draw a window that nobody sees, which takes more than all pages together.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
CASE_ROWS = ".st-key-case-table tbody tr"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PATIENCE_MS = 150_000


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        _be_patient(browser)
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()


def _be_patient(browser: Browser) -> None:
    """Wait longer than 30 s for a state: two cores may be busy with other tests."""
    new_context, new_page = browser.new_context, browser.new_page

    def patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    def patient_page(**options: Any) -> Page:
        page = new_page(**options)
        page.set_default_timeout(PATIENCE_MS)
        return page

    browser.new_context, browser.new_page = patient_context, patient_page


def calls_outside(page: Page) -> list[str]:
    """A list that fills with every address outside its own server that a page calls, or may not call."""
    calls: list[str] = []
    own = ("http://localhost", "ws://localhost", "https://localhost", "wss://localhost", "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else calls.append(request.url))
    page.on(
        "console",
        lambda said: calls.append(said.text) if "Content Security Policy" in said.text else None,
    )
    return calls


def wait_until_drawn(page: Page) -> None:
    """Wait until the page is whole: while it is drawn, parts of the one before may still stand in it."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose_age_group(page: Page, words: str = "Not stated") -> None:
    """Choose the age group of the films to upload."""
    page.get_by_role("radio", name=words).first.click()


def wait_until_scored(page: Page) -> None:
    """Wait until a batch added to the worklist is scored."""
    page.get_by_text("added.").wait_for()
    page.locator(CASE_ROWS).first.wait_for()
    page.locator(".stMarkdownBadge", has_text="To be scored 0").wait_for()


def table_rows(page: Page) -> list[list[str]]:
    """Cells of the rows of the worklist."""
    rows = page.locator(CASE_ROWS)
    rows.first.wait_for()
    return [row.locator("td:not(.pick)").all_inner_texts() for row in rows.all()]


def open_row(page: Page, row: int) -> None:
    """Open the case of a row, counted from 0, by a click."""
    page.locator(CASE_ROWS).nth(row).locator(".waited").click()


def choose_reader(page: Page, who: str) -> None:
    """Choose a reader name in the sidebar, and wait until the page is idle: nobody clicks before.

    A page that is drawn once more closes the list of names and empties the field; then they are typed again.
    """
    box = page.get_by_role("combobox", name="Reader")
    box.wait_for()
    wait_until_drawn(page)
    until = time.monotonic() + PATIENCE_MS / 1000
    while not _chosen(page, box, who):
        assert time.monotonic() < until, f"nobody could choose the reader name {who}"
    wait_until_drawn(page)


def _chosen(page: Page, box: Locator, who: str) -> bool:
    box.click()
    box.fill(who)
    try:
        # Enter pressed before the name is on offer chooses nothing.
        page.get_by_role("option", name=who).first.click(timeout=10_000)
    except TimeoutError:
        # A name that is chosen already, where the page was slow to say so, is not on offer once more.
        box.blur()
        if box.input_value() != who:
            return False
    try:
        page.get_by_text("Choose a reader name in").wait_for(state="detached", timeout=10_000)
    except TimeoutError:
        return False
    return True
