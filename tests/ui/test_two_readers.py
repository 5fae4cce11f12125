"""Two readers at two screens, in real browsers."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, calls_outside, choose_reader, open_row, table_rows, wait_until_drawn
from ui.shown_cases import ADA, BEN, now, shown, worklist_in

from cxr.worklist.case import Finding, State
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def worklist(folder: Path) -> Worklist:
    """The app's worklist: of twelve films the last is to be read first; six more come after them."""
    worklist = worklist_in(folder)
    for seed in range(18):
        shown(worklist, seed, 0.8 + seed / 100 if seed < 12 else 0.7)
    return worklist


@pytest.fixture(scope="module")
def url(folder: Path, worklist: Worklist) -> Iterator[str]:
    with running_app(folder) as address:
        yield address


@pytest.fixture
def screens(browser: Browser) -> Iterator[tuple[Page, Page]]:
    contexts = [browser.new_context(viewport={"width": 1440, "height": 900}) for _ in range(2)]
    yield contexts[0].new_page(), contexts[1].new_page()
    for context in contexts:
        context.close()


def sit_down(page: Page, address: str, who: str) -> None:
    """Open a page and choose a reader name."""
    page.goto(address)
    choose_reader(page, who)


def test_of_two_readers_who_claim_a_case_at_once_one_gets_it_and_the_other_sees_who(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    outside = [calls_outside(page) for page in screens]
    takes = []
    for page, who in zip(screens, (ADA, BEN), strict=True):
        sit_down(page, f"{url}/case?case=12", who)
        takes.append(page.locator("button:enabled").get_by_text("Claim", exact=True))
        takes[-1].wait_for()

    for take in takes:
        # Without waiting for anything in between: the server gets both within some milliseconds.
        take.dispatch_event("click")

    winner = until_taken(worklist, 12)
    first, second = screens if winner == ADA else reversed(screens)
    first.get_by_role("button", name="Release").wait_for()
    second.get_by_text(f"{winner} has this case").wait_for()
    for page in screens:
        wait_until_drawn(page)
    assert first.get_by_role("button", name="No pneumonia").is_enabled()
    assert second.get_by_role("button", name="No pneumonia").is_disabled()
    second.get_by_role("button", name="Take over").wait_for()
    assert outside == [[], []]


def until_taken(worklist: Worklist, number: int) -> str:
    """Wait until somebody has a case, and say who."""
    done = threading.Event()
    for _ in range(400):
        if reader := now(worklist, number).reader:
            return reader
        done.wait(0.05)
    raise TimeoutError("Nobody got the case.")


def test_a_case_is_read_by_the_keyboard_alone_and_the_next_one_follows(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    sit_down(page, f"{url}/case?case=11", ADA)
    page.get_by_text("Claim", exact=True).wait_for()
    page.get_by_role("heading", name="Case 11").click()
    page.keyboard.press("t")
    page.get_by_role("button", name="Release").wait_for()
    note = page.get_by_role("textbox", name="Note, optional")
    note.fill("Grade ")
    page.keyboard.type("12")
    page.get_by_role("heading", name="Case 11").click()
    page.keyboard.press("1")
    page.get_by_text("Ada read it,").wait_for()

    report = now(worklist, 11).report
    assert report and (report.finding, report.note) == (Finding.PNEUMONIA, "Grade 12")
    page.keyboard.press("u")
    page.get_by_text("The finding on case 11 is undone").wait_for()
    page.get_by_text("Case 11 is read").wait_for(state="detached")
    wait_until_drawn(page)
    assert page.get_by_role("textbox", name="Note, optional").input_value() == "Grade 12"
    page.keyboard.press("2")
    page.get_by_text("Ada read it,").wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", name="Case 10").wait_for()
    page.get_by_text("Case 11 is read").wait_for(state="detached")
    assert now(worklist, 10).state is State.IN_READING


def test_keys_pressed_while_a_page_is_being_drawn_are_not_lost(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    rows = [ranked.case.number for ranked in worklist.ranked.page().rows]
    page.goto(f"{url}/case?case={rows[0]}")
    page.locator("button:enabled", has_text="Next in list").wait_for()
    for _ in range(2):
        page.keyboard.press("f")
    page.get_by_role("heading", name=f"Case {rows[2]}").wait_for()


def test_a_finding_waits_for_the_claim_before_it_and_never_for_another_case(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    sit_down(page, f"{url}/case?case=4", ADA)
    page.locator("button:enabled").get_by_text("Claim", exact=True).wait_for()
    page.get_by_role("heading", name="Case 4").click()
    following = worklist.ranked.next_to_read()
    for key in ("t", "2", "n", "1"):
        page.keyboard.press(key)
    assert following
    page.get_by_role("heading", name=f"Case {following.number}").wait_for()
    page.get_by_role("button", name="Release").wait_for()

    report = now(worklist, 4).report
    assert report and report.finding is Finding.NO_PNEUMONIA
    assert now(worklist, following.number).state is State.IN_READING


def test_a_key_acts_as_soon_as_its_button_shows(browser: Browser, url: str, worklist: Worklist) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    # Streamlit listens to a button's key some milliseconds after the button is there: here, never.
    context.add_init_script(
        "const add = document.addEventListener;"
        "document.addEventListener = (kind, ...more) =>"
        " kind === 'keydown' || add.call(document, kind, ...more);"
    )
    page = context.new_page()
    sit_down(page, f"{url}/case?case=3", ADA)
    page.locator("button:enabled").get_by_text("Claim", exact=True).wait_for()
    page.get_by_role("heading", name="Case 3").click()
    page.keyboard.press("t")
    page.get_by_role("button", name="Release").wait_for()
    page.keyboard.press("2")
    page.get_by_text("Ada read it,").wait_for()
    report = now(worklist, 3).report
    assert report and report.finding is Finding.NO_PNEUMONIA
    context.close()


def test_nothing_moves_when_a_case_is_claimed_and_read(screens: tuple[Page, Page], url: str) -> None:
    page, _ = screens
    sit_down(page, f"{url}/case?case=2", ADA)
    film = page.get_by_role("img", name="The film")
    parts = [page.get_by_role("button", name="No pneumonia"), page.get_by_test_id("stMetric"), film]
    film.wait_for()
    wait_until_drawn(page)
    before = [part.bounding_box() for part in parts]
    page.get_by_text("Claim", exact=True).click()
    page.get_by_role("button", name="Release").wait_for()
    wait_until_drawn(page)
    assert [part.bounding_box() for part in parts] == before
    page.get_by_text("Left", exact=True).click()
    page.get_by_text("Lower", exact=True).click()
    page.locator("button:enabled").get_by_text("Pneumonia", exact=True).click()
    page.get_by_role("button", name="Undo").wait_for()
    wait_until_drawn(page)
    assert [part.bounding_box() for part in parts] == before
    assert film.evaluate("(canvas) => canvas.getBoundingClientRect().bottom <= innerHeight")


def test_the_list_shows_what_others_do_and_keeps_selection_and_scroll(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    page.set_viewport_size({"width": 1440, "height": 500})
    sit_down(page, f"{url}/worklist", ADA)
    page.get_by_role("checkbox", name="Select case 10").check()
    page.get_by_text("1 selected").wait_for()
    box = page.locator(".st-key-case-table .box")
    assert box.evaluate("box => box.scrollTop = 5") == 5

    worklist.desk.claim(now(worklist, 5), "Dr Osei")

    page.locator(CASE_ROWS).get_by_text("Dr Osei is reading").wait_for()
    assert box.evaluate("box => box.scrollTop") == 5
    assert page.get_by_text("1 selected").is_visible()
    assert page.locator(f"{CASE_ROWS}[aria-selected=true]").count() == 1


def test_the_list_is_worked_by_the_keyboard_alone(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    sit_down(page, f"{url}/worklist", BEN)
    cases = [next(cell for cell in row if cell.startswith("#")) for row in table_rows(page)]
    page.get_by_role("heading", name="Worklist").click()

    for key in ("ArrowDown", "ArrowDown", "Space"):
        page.keyboard.press(key)
    page.get_by_text("1 selected").wait_for()
    assert page.locator(f"{CASE_ROWS}[aria-selected=true] .case").inner_text() == cases[1]
    page.keyboard.press("/")
    page.keyboard.type("n #8")
    assert page.get_by_placeholder("File, reader or #case").input_value() == "n #8"
    page.get_by_placeholder("File, reader or #case").fill("#8")
    page.keyboard.press("Enter")
    expect(page.locator(CASE_ROWS)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator(CASE_ROWS)).to_have_class("active")
    page.get_by_placeholder("File, reader or #case").fill("")
    page.locator(CASE_ROWS).nth(len(cases) - 1).wait_for()
    page.get_by_role("heading", name="Worklist").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    above = cases[cases.index("#8") - 1]
    page.get_by_role("heading", name=f"Case {above.removeprefix('#')}", exact=True).wait_for()
    page.get_by_role("link", name="Worklist").first.click()
    page.locator(CASE_ROWS).first.wait_for()
    following = worklist.ranked.next_to_read()
    page.keyboard.press("n")
    page.get_by_role("button", name="Release").wait_for()
    assert following and now(worklist, following.number).reader == BEN


def test_a_click_on_a_row_opens_its_case(screens: tuple[Page, Page], url: str) -> None:
    page, _ = screens
    page.goto(f"{url}/worklist")
    number = next(cell for cell in table_rows(page)[0] if cell.startswith("#"))
    open_row(page, 0)
    page.get_by_role("heading", name=f"Case {number.removeprefix('#')}").wait_for()
    page.get_by_role("img", name="The film").wait_for()
    assert page.url.endswith(f"case?case={number.removeprefix('#')}")


def test_a_click_is_not_lost_where_its_row_changes_while_the_button_is_down(
    screens: tuple[Page, Page], url: str, worklist: Worklist
) -> None:
    page, _ = screens
    page.goto(f"{url}/worklist")
    row = page.locator(CASE_ROWS, has_text="Scored").first
    number = int(row.locator(".case").inner_text().removeprefix("#"))
    row.locator(".waited").hover()
    page.mouse.down()
    reading = page.locator(".stMarkdownBadge", has_text="In reading")
    before = reading.inner_text()

    worklist.desk.claim(now(worklist, number), "Dr Osei")

    expect(reading).not_to_have_text(before)
    wait_until_drawn(page)
    page.mouse.up()
    page.get_by_role("heading", name=f"Case {number}", exact=True).wait_for()
