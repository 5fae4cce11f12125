"""The report of a case: who may download it, and how that is recorded."""

import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from ui.app_server import running_app
from ui.browser import choose_reader
from ui.case_page import open_case
from ui.shown_cases import ADA, shown, worklist_in
from worklist.made_cases import VERSION

from cxr.ui.service import worklist
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry

pytestmark = pytest.mark.long

LABEL = "Download report (PDF)"


@pytest.mark.usefixtures("app_folder")
@pytest.mark.parametrize("who", ["", ADA])
def test_without_a_reader_name_there_is_no_report(who: str) -> None:
    app = open_case(shown(worklist(), 1).number, who)
    (button,) = (button.proto for button in app.get("download_button") if button.proto.label == LABEL)
    assert button.disabled == (not who)


@pytest.mark.usefixtures("app_folder")
def test_the_history_shows_that_the_report_was_exported() -> None:
    case = shown(worklist(), 1)
    details = {"document": "report as PDF"}
    worklist().audit.note(Entry("Ben", Action.EXPORTED, case.number, VERSION, details))
    words = " ".join(markdown.value for markdown in open_case(case.number, ADA).markdown)
    assert "**Ben** exported the report as PDF" in words


def test_a_report_is_downloaded_and_recorded(browser: Browser, tmp_path: Path) -> None:
    lists = worklist_in(tmp_path)
    case = shown(lists, 1)
    with running_app(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/case?case={case.number}")
        choose_reader(page, ADA)
        assert not exports(tmp_path)
        with page.expect_download() as download:
            page.get_by_role("button", name=LABEL).click()
        content = Path(download.value.path()).read_bytes()

    (sheet,) = PdfReader(io.BytesIO(content)).pages
    text = " ".join(sheet.extract_text().split())
    assert f"Case {case.number}" in text and "90.0 %" in text and len(sheet.images) == 2
    assert download.value.suggested_filename == f"case-{case.number}.pdf"
    assert exports(tmp_path) == [(ADA, case.number, VERSION, {"document": "report as PDF"})]


def exports(folder: Path) -> list[tuple[object, ...]]:
    return [
        (line.who, line.case, line.model, line.details)
        for line in worklist_in(folder).audit.lines()
        if line.action is Action.EXPORTED
    ]
