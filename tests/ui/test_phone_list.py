"""The worklist on a phone: cases first, and what narrows the list behind a switch."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, wait_until_drawn
from ui.shown_cases import ADA, shown, worklist_in

from cxr.language.catalogue import translated
from cxr.language.language import COOKIE, Language
from cxr.ui.cookies import READER_COOKIE

HIGHEST_TOP = 300
"""Pixels from the top of the window to the first case, at most."""
FOLDED = (".st-key-search", ".st-key-flags", ".st-key-filters", ".st-key-counts")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    for seed, share in ((1, 0.95), (2, 0.5), (3, 0.02)):
        shown(worklist, seed, share)
    with running_app(folder) as address:
        yield address


@pytest.fixture(params=Language)
def context(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A phone's browser in each language in turn."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.add_cookies([{"name": COOKIE, "value": request.param.value, "url": url}])
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.locator(CASE_ROWS).first.wait_for()
    wait_until_drawn(page)
    return page


@pytest.mark.parametrize("who", ["", ADA])
def test_the_first_case_begins_in_the_upper_third(context: BrowserContext, url: str, who: str) -> None:
    if who:
        context.add_cookies([{"name": READER_COOKIE, "value": who, "url": url}])
    box = opened(context, f"{url}/worklist").locator(CASE_ROWS).first.bounding_box()
    assert box and box["y"] <= HIGHEST_TOP


@pytest.mark.parametrize("context", [Language.ENGLISH], indirect=True)
def test_a_switch_shows_search_filters_and_counts_and_what_narrows_the_list_is_never_hidden(
    context: BrowserContext, url: str
) -> None:
    page = opened(context, f"{url}/worklist")
    for one in FOLDED:
        expect(page.locator(one)).to_be_hidden()
    page.get_by_text(translated(Language.ENGLISH, "Search and filter")).tap()
    for one in FOLDED:
        expect(page.locator(one)).to_be_visible()

    narrowed = opened(context, f"{url}/worklist?flags=Urgent")

    expect(narrowed.locator(CASE_ROWS)).to_have_count(1)
    for one in FOLDED:
        expect(narrowed.locator(one)).to_be_visible()
    narrowed.set_viewport_size({"width": 1440, "height": 900})
    expect(narrowed.locator(".st-key-fold")).to_be_hidden()
    for one in FOLDED:
        expect(narrowed.locator(one)).to_be_visible()


@pytest.mark.parametrize("context", [Language.ENGLISH], indirect=True)
def test_back_from_a_case_leads_to_its_row(context: BrowserContext, url: str) -> None:
    page = opened(context, f"{url}/worklist")
    page.set_viewport_size({"width": 390, "height": 420})
    row = page.locator(CASE_ROWS).nth(2)
    expect(row).not_to_be_in_viewport()
    row.locator(".waited").tap()
    page.locator(".viewer[data-shows=full]").wait_for()

    page.go_back()

    expect(row).to_have_class("active")
    expect(row).to_be_in_viewport()
