"""Films that the browser loads before they are asked for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request
from ui.app_server import running_app
from ui.browser import CASE_ROWS, calls_outside, open_row, wait_until_drawn
from ui.line import Line
from ui.shown_cases import shown, worklist_in

SMALL = "**/viewer/small/*"
DARK = 50
BRIGHTEST = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, canvas.height >> 1, canvas.width, 1);
  return Math.max(...data.filter((_, at) => at % 4 < 3));
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    for seed in range(4):
        shown(worklist, seed, 0.9 - seed / 100)
    with running_app(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{url}/worklist")
    page.locator(CASE_ROWS).nth(3).wait_for()
    wait_until_drawn(page)
    yield page
    context.close()


def asked(page: Page) -> list[str]:
    """A list that fills with the small pictures that the page asks for."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        if "/viewer/small/" in request.url:
            addresses.append(request.url)

    page.on("request", note)
    return addresses


def test_a_film_under_the_pointer_is_loaded_once_and_the_next_case_while_it_is_looked_at(page: Page) -> None:
    outside, small = calls_outside(page), asked(page)
    row = page.locator(CASE_ROWS).nth(1).locator(".waited")

    with page.expect_response(SMALL):
        row.hover()
    with page.expect_response(SMALL) as following:
        row.click()

    page.locator(".viewer[data-shows=full]").wait_for()
    wait_until_drawn(page)
    assert len(small) == len(set(small)) == 2
    assert following.value.url == small[1] and following.value.ok
    page.get_by_role("button", name="Next in list").click()
    page.get_by_role("heading", name="Case 3").wait_for()
    page.locator(".viewer[data-shows=full]").wait_for()
    wait_until_drawn(page)
    assert small.count(small[1]) == 1
    assert outside == []


def test_the_row_that_the_arrows_come_to_is_loaded_ahead(page: Page) -> None:
    with page.expect_response(SMALL) as loaded:
        page.keyboard.press("ArrowDown")

    assert loaded.value.ok


def test_the_film_of_a_clicked_row_shows_where_the_viewer_will_be_before_the_server_answers(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{url}/worklist")
    open_row(page, 0)
    page.locator(".viewer[data-shows=full]").wait_for()
    wait_until_drawn(page)
    place = page.locator(".viewer .stage").bounding_box()
    page.close()
    page = context.new_page()
    line = Line(page)
    page.goto(f"{url}/worklist")
    row, preview = page.locator(CASE_ROWS).nth(2).locator(".waited"), page.locator(".cxr-preview")
    stage = page.locator(".viewer .stage")
    row.wait_for()
    wait_until_drawn(page)

    line.held = []
    row.click()
    preview.wait_for()
    page.mouse.down()
    preview.wait_for(state="detached")
    page.mouse.up()

    preview.wait_for()
    assert preview.bounding_box() == place
    assert preview.evaluate(BRIGHTEST) > DARK
    line.release()
    page.locator(".viewer[data-shows=full]").wait_for()
    preview.wait_for(state="detached")
    assert stage.bounding_box() == place
    context.close()
