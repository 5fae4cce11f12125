"""Markup in texts that films and people bring is shown as it was written, and does nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from film.film_files import dicom_file
from made_films import grey_level
from playwright.sync_api import Browser, Page
from ui.app_server import running_app
from ui.browser import calls_outside, choose_reader, wait_until_drawn
from ui.shown_cases import shown, worklist_in
from worklist.made_cases import CHILD, WORKER, now, reading

from cxr.triage.priority import Urgency
from cxr.worklist.case import Finding
from cxr.worklist.queue.scoring_queue import Scored

SCRIPT = "<img src=x onerror=window.attacked=1><script>window.attacked=1</script>"
IMAGE = "![film](http://192.0.2.1/film.png)"
LINK = "[open](javascript:window.attacked=1)"
HOSTILE = f"{SCRIPT} {IMAGE} {LINK} **loud** :red[red]"
NAME = f"Ada {IMAGE}"
MADE_BY_MARKUP = "script:has-text('attacked'), img[src='x'], img[src*='192.0.2.1'], a[href^='javascript:']"
CASES = [f"case?case={number}" for number in (1, 2, 3)]
PAGES = (*CASES, "worklist", "audit", "monitoring", "this_site", "evidence")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """An app whose list has a film, a finding, an urgent case and a dismissed one that all bring markup."""
    worklist = worklist_in(tmp_path)
    film = dicom_file(
        grey_level(1),
        SpecificCharacterSet="ISO_IR 192",
        PatientName=f"{SCRIPT[:40]}^{IMAGE}",
        PatientID=LINK,
        AccessionNumber="<b>A1</b>",
        ReferringPhysicianName=f"{SCRIPT[:40]}^{LINK}",
        StudyDescription=HOSTILE[:64],
    )
    number = worklist.intake.accept(f"{SCRIPT} {IMAGE}.dcm", film, CHILD, NAME).number
    worklist.scoring.claim(WORKER, 1000)
    worklist.scoring.record(WORKER, [Scored(now(worklist, number), reading(0.9))])
    worklist.desk.report(
        worklist.desk.claim(now(worklist, number), NAME), NAME, Finding.PNEUMONIA, note=HOSTILE
    )
    worklist.desk.raise_priority(shown(worklist, 2), NAME, Urgency.STAT, HOSTILE)
    worklist.desk.dismiss([shown(worklist, 3).number], NAME, HOSTILE)
    with running_app(tmp_path) as address:
        yield address


def test_markup_in_texts_of_films_and_people_is_shown_as_it_was_written(url: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    outside = calls_outside(page)
    page.goto(f"{url}/worklist")
    choose_reader(page, NAME)

    for path in PAGES:
        page.goto(f"{url}/{path}")
        wait_until_drawn(page)
        assert page.locator(MADE_BY_MARKUP).count() == 0, path
        assert page.evaluate("window.attacked") is None, path
        assert not page.locator("strong:has-text('loud')").count(), path
    assert not outside
    assert_reads(page, f"{url}/case?case=1", NAME, HOSTILE, LINK)
    assert_reads(page, f"{url}/case?case=2", HOSTILE)
    page.context.close()


def assert_reads(page: Page, address: str, *texts: str) -> None:
    page.goto(address)
    for text in texts:
        # A word joiner keeps browsers and Markdown from making links of addresses.
        page.get_by_text(text.replace("://", "\u2060://")).first.wait_for(state="attached")
