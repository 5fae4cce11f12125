import ast
import sys
from pathlib import Path

import pytest
from ui.app_server import running_app
from waiting import python, until

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_are_there_before_torch() -> None:
    """What the pages import decides how soon they show; torch alone takes seconds, scipy.stats two."""
    widgets = (
        *("notices", "reader", "add_films", "list_filters", "case_table", "selection"),
        *("case_desk", "case_history", "audit_words", "evidence_details", "predictive_chart"),
    )
    code = (
        "import sys, cxr.worklist.worklist, cxr.worklist.queue.worker; from cxr.ui import start, service; "
        f"from cxr.ui.widgets import {', '.join(widgets)}; "
        "print([name for name in ('torch', 'sklearn', 'matplotlib', 'scipy.stats') if name in sys.modules])"
    )
    assert python(code, cwd=ROOT).splitlines()[-1] == "[]"


def test_nothing_is_left_to_import_for_the_first_page_once_the_server_answers() -> None:
    """Whatever is imported while the browser loads its scripts delays both."""
    page = ast.parse((ROOT / "cxr" / "ui" / "pages" / "read_film.py").read_text())
    imported = {node.module for node in ast.walk(page) if isinstance(node, ast.ImportFrom) and node.module}
    code = (
        "import sys; from importlib import import_module; from cxr.ui.start import FIRST_PAGE; "
        "[import_module(name) for name in FIRST_PAGE]; "
        f"print([name for name in {sorted(imported)} if name not in sys.modules])"
    )
    assert python(code, cwd=ROOT).splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="the browser that is opened here is a shell script")
def test_a_start_by_hand_opens_the_page_in_the_browser(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    with running_app(tmp_path, STREAMLIT_SERVER_HEADLESS="false", BROWSER=f"{browser} %s") as url:
        until(opened.exists, "the page in a browser")
        assert opened.read_text().strip() == url
