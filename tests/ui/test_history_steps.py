"""The browser's Back, after a reader went from case to case."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, calls_outside, open_row, wait_until_drawn
from ui.shown_cases import ADA, BEN, shown, worklist_in

from cxr.ui.cookies import READER_COOKIE

PATIENT = "PAT-1"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an app with four cases of one patient, which are read in the order of their numbers."""
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    for seed, share in ((1, 0.95), (2, 0.93), (3, 0.91), (4, 0.9)):
        shown(worklist, seed, share, PATIENT)
    with running_app(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The worklist of a reader whose browser knows the name."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": READER_COOKIE, "value": ADA, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/worklist")
    page.locator(CASE_ROWS).nth(3).wait_for()
    yield page
    context.close()


def until_open(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {number}")
    wait_until_drawn(page)


def test_back_leads_to_the_list_however_many_cases_were_stepped_through(page: Page) -> None:
    outside = calls_outside(page)
    open_row(page, 3)
    until_open(page, 4)
    page.keyboard.press("n")
    until_open(page, 1)
    page.get_by_role("button", name="Next in list").click()
    until_open(page, 2)

    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
    page.locator(CASE_ROWS).first.wait_for()
    page.go_forward()
    until_open(page, 2)
    assert outside == []


def test_back_leads_from_another_case_of_the_patient_to_the_one_being_read(page: Page) -> None:
    open_row(page, 3)
    until_open(page, 4)
    page.get_by_role("button", name="Case 3", exact=True).click()
    until_open(page, 3)

    page.go_back()

    until_open(page, 4)


def test_on_a_phone_the_next_case_is_claimed_below_the_finding_and_shown_from_its_top(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.add_cookies([{"name": READER_COOKIE, "value": BEN, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/case?case=4")
    page.locator("button:enabled").get_by_text("Claim", exact=True).tap()
    page.locator(".st-key-findings button:enabled").first.tap()
    page.locator(".st-key-next-here button", has_text="Claim next").tap()

    expect(page.get_by_role("heading", level=1)).not_to_have_text("Case 4")
    wait_until_drawn(page)

    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".st-key-next-here")).to_be_hidden()
    context.close()
