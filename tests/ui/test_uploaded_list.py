"""An acceptance test of films that are uploaded with their list, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from ui.app_server import running_app

from cxr.samples import sample_paths

pytestmark = pytest.mark.long


def test_a_list_from_a_spreadsheet_is_tested_and_a_fault_of_it_named(
    browser: Browser, tmp_path: Path
) -> None:
    films = sample_paths()
    header, *lines = [
        "File;Label;Population",
        *(f"{film.name};{('Normal', 'Pneumonia')[number % 2]};child" for number, film in enumerate(films)),
    ]
    with running_app(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def tested(rows: list[str]) -> None:
            page.goto(f"{url}/this_site")
            page.get_by_text("A list of labels", exact=True).click()
            labels = tmp_path / "labels.csv"
            labels.write_bytes("\r\n".join([header, *rows, ""]).encode("utf-16"))
            page.locator("input[type=file]").set_input_files([labels, *films])
            page.get_by_role("button", name="Run the test").click()

        tested([*lines[:-1], lines[0]])
        expect(page.get_by_text("Line 7: its film has the file name of that of line 2.")).to_be_visible()

        tested(lines)
        expect(page.get_by_text("limits are met")).to_be_visible()
        expect(page.get_by_text("sensitivity (not routine): at least 0.90 wanted")).to_be_visible()
