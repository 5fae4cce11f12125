"""What the uploader refuses while it takes other files, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from ui.app_server import running_app
from ui.browser import CASE_ROWS, choose_age_group

from cxr.film import MAX_FILE_MB
from cxr.samples import sample_paths

pytestmark = pytest.mark.long

TOO_LARGE = f"Too large: a file may have up to {MAX_FILE_MB} MB."


def test_a_file_refused_among_others_is_named_after_those_are_added(browser: Browser, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_MB * 1024 * 1024 + 1)
    with running_app(tmp_path) as url:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        for path, added in (("/worklist", page.locator(CASE_ROWS)), ("/", page.locator(".viewer"))):
            page.goto(url + path)
            choose_age_group(page, "Child, 1 to 5 years")
            uploads = page.locator("input[type=file]")
            uploads.set_input_files([large, sample_paths()[0]])
            added.first.wait_for()
            refused = page.locator("[data-refused-files] li")
            expect(refused).to_have_text(f"large.png {TOO_LARGE}")
            expect(refused).to_be_visible()
            expect(page.get_by_test_id("stFileChip")).to_have_count(0)

        uploads.set_input_files(sample_paths()[1])
        expect(refused).to_have_count(0)
        page.close()
