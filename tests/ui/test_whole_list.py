"""Two readers at two screens work a list of real films from the upload to the last finding."""

import csv
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from ui.app_server import running_app
from ui.browser import calls_outside, choose_age_group, choose_reader, wait_until_drawn, wait_until_scored
from ui.shown_cases import ADA, BEN, worklist_in
from waiting import HANGING

from cxr.worklist.audit.action import Action
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

FILMS = 12
KEYS = "1234"


def films_of_adults(data_dir: Path) -> list[Path]:
    """Films of adults that the network was not trained on."""
    with (data_dir / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val" and row["source"] == "siim"]
    return [data_dir / row["file"] for row in rows[:FILMS]]


def press(page: Page, key: str, comes: Locator) -> None:
    """Press a key once, and wait for its effect, as a reader does."""
    page.keyboard.press(key)
    comes.first.wait_for()
    wait_until_drawn(page)
    page.locator("[data-stale=true]").first.wait_for(state="detached")


def read_next(page: Page, key: str) -> None:
    """Read the next film that nobody has by the keyboard alone."""
    title = page.get_by_role("heading", level=1)
    press(page, "n", title.filter(has_not_text=re.compile(f"^{title.inner_text()}$")))
    press(page, key, page.get_by_text("read it,"))


def test_two_readers_work_a_list_from_upload_to_empty(
    tmp_path: Path, data_dir: Path, browser: Browser
) -> None:
    with running_app(tmp_path) as url:
        pages = [browser.new_context(viewport={"width": 1440, "height": 900}).new_page() for _ in range(2)]
        outside = [calls_outside(page) for page in pages]
        for page, who in zip(pages, (ADA, BEN), strict=True):
            page.goto(f"{url}/worklist")
            page.get_by_text("The worklist is empty").wait_for()
            choose_reader(page, who)
        choose_age_group(pages[0], "Adult")
        pages[0].locator("input[type=file]").set_input_files(films_of_adults(data_dir))
        wait_until_scored(pages[0])
        worklist = worklist_in(tmp_path)
        assert worklist.ranked.counts().to_read == FILMS

        for page in pages:
            page.goto(f"{url}/case?case={worklist.ranked.page().rows[-1].case.number}")
            page.get_by_text("Claim", exact=True).wait_for()
        until_empty(pages, worklist)

        pages[1].goto(f"{url}/worklist")
        pages[1].get_by_text("Everything is read").wait_for()
        assert outside == [[], []]
    assert_all_is_recorded(worklist)


def until_empty(pages: list[Page], worklist: Worklist) -> None:
    ends = time.monotonic() + HANGING / 2
    turn = 0
    while worklist.ranked.counts().to_read:
        assert time.monotonic() < ends, "the list does not come to its end"
        read_next(pages[turn % 2], KEYS[turn // 2 % len(KEYS)])
        turn += 1


def assert_all_is_recorded(worklist: Worklist) -> None:
    read = worklist.ranked.page(Filter(ListView.READ), limit=FILMS).rows
    readers = [ranked.case.reader for ranked in read]
    assert len(read) == FILMS and set(readers) == {ADA, BEN}
    assert min(readers.count(ADA), readers.count(BEN)) > FILMS / 3
    lines = worklist.audit.lines(limit=10_000, action=Action.READ)
    assert sorted(line.case or 0 for line in lines) == sorted(ranked.case.number for ranked in read)
    assert worklist.audit.verify().faults == ()
