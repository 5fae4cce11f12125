"""From case to case in the order of the list, in a browser: with what was read, filtered and sorted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, open_row, wait_until_drawn
from ui.shown_cases import ADA, shown, worklist_in

from cxr.ui.cookies import READER_COOKIE
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

# Three urgent cases, then three for review: by number the order of reading.
SHARES = (0.95, 0.93, 0.91, 0.5, 0.45, 0.4)


@dataclass(frozen=True, slots=True)
class Shown:
    url: str
    worklist: Worklist


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Shown]:
    worklist = worklist_in(tmp_path)
    for seed, share in enumerate(SHARES, start=1):
        shown(worklist, seed, share)
    with running_app(tmp_path) as url:
        yield Shown(url, worklist)


def listed(browser: Browser, url: str, touch: bool = False) -> Page:
    """The worklist of a reader, on a screen or on a phone."""
    size = {"width": 390, "height": 844} if touch else {"width": 1440, "height": 900}
    context = browser.new_context(viewport=size, has_touch=touch)
    context.add_cookies([{"name": READER_COOKIE, "value": ADA, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/worklist")
    page.locator(CASE_ROWS).nth(len(SHARES) - 1).wait_for()
    wait_until_drawn(page)
    return page


def until_open(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {number}")
    wait_until_drawn(page)


def step(page: Page, words: str) -> Locator:
    return page.locator(".st-key-steps").get_by_role("button", name=words)


def desk(page: Page, words: str) -> Locator:
    return page.locator(".st-key-desk button:enabled").get_by_text(words, exact=True)


def test_by_keys_alone_each_case_that_was_read_leads_to_the_next_and_to_one_that_arrives(
    browser: Browser, app: Shown
) -> None:
    page = listed(browser, app.url)
    name = page.get_by_role("combobox", name="Reader")
    name.click()
    page.get_by_role("listbox").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("listbox").wait_for(state="detached")
    page.keyboard.press("Escape")
    expect(name).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("nobody")
    page.get_by_text("No case matches").wait_for()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Search").or_(page.get_by_role("searchbox"))).to_be_focused()
    for _ in ("empties", "leaves"):
        page.keyboard.press("Escape")
    page.locator(CASE_ROWS).nth(len(SHARES) - 1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    for number in (1, 2, 3):
        until_open(page, number)
        for key in ("t", "a", "1" if number == 1 else "2"):
            page.keyboard.press(key)
        desk(page, "Undo").wait_for()
        page.keyboard.press("f")
    until_open(page, 4)
    expect(step(page, "Previous in list")).to_be_disabled()
    page.keyboard.press("t")
    page.keyboard.press("a")
    expect(page.locator(".st-key-location button").first).to_be_focused()
    page.keyboard.press("Space")
    page.locator(".st-key-location [aria-checked=true]").get_by_text("Right").wait_for()
    for number in (5, 6):
        page.keyboard.press("f")
        until_open(page, number)
    page.keyboard.press("p")
    until_open(page, 5)
    page.keyboard.press("f")
    until_open(page, 6)
    expect(step(page, "Next in list")).to_be_disabled()
    arrived = shown(app.worklist, 99, 0.02)
    expect(step(page, "Next in list")).to_be_enabled()
    page.keyboard.press("f")
    until_open(page, arrived.number)
    page.context.close()


def test_by_mouse_a_case_has_its_neighbours_whatever_is_done_with_it_also_on_a_sorted_page(
    browser: Browser, app: Shown
) -> None:
    page = listed(browser, app.url)
    open_row(page, 1)
    until_open(page, 2)
    for label in ("Claim", "No pneumonia", "Undo"):
        desk(page, label).click()
        desk(page, label).wait_for(state="detached")
        wait_until_drawn(page)
        expect(step(page, "Previous in list")).to_be_enabled()
        expect(step(page, "Next in list")).to_be_enabled()
    step(page, "Next in list").click()
    until_open(page, 3)
    step(page, "Previous in list").click()
    until_open(page, 2)

    page.go_back()
    page.locator(CASE_ROWS).first.wait_for()
    for _ in range(2):
        page.locator(".st-key-case-table thead").get_by_role("button", name="Case").click()
    expect(page.locator(CASE_ROWS).first).to_contain_text("#6")
    open_row(page, 0)
    for number in (6, 5):
        until_open(page, number)
        step(page, "Next in list").click()
    until_open(page, 4)
    page.context.close()


def test_by_touch_a_case_that_was_read_leads_to_the_next_of_the_filtered_list(
    browser: Browser, app: Shown
) -> None:
    page = listed(browser, app.url, touch=True)
    page.locator(".st-key-fold").get_by_text("Search and filter").tap()
    page.locator(".st-key-flags").get_by_text("Review").tap()
    expect(page.locator(CASE_ROWS)).to_have_count(3)
    page.locator(CASE_ROWS).first.locator(".name, .flag").first.tap()
    until_open(page, 4)
    expect(step(page, "Previous in list")).to_be_disabled()
    desk(page, "Claim").tap()
    findings = page.locator(".st-key-findings")
    findings.locator("button:enabled").first.scroll_into_view_if_needed()
    before = findings.bounding_box()
    findings.locator("button:enabled").first.tap()
    desk(page, "Undo").wait_for()
    wait_until_drawn(page)
    assert findings.bounding_box() == before
    page.locator(".st-key-next-here button", has_text="Next in list").tap()
    until_open(page, 5)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(step(page, "Previous in list")).to_be_disabled()
    page.context.close()
