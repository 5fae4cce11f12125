"""Pages of a site that withholds results: the worklist, a case, Read a film, and what is downloaded."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui.case_page import labels, open_case
from ui.shown_cases import ADA, now, shown, worklist_in
from ui.worklist_page import column, page, table

from cxr.ui.session import SESSION, Session
from cxr.worklist.case import Finding
from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
TELLING = ("Urgent", "Review", "Routine", "90.0", "0.9", "likely", "urgent")


@pytest.fixture
def worklist(app_folder: Path) -> Worklist:
    """Two scored films at a silent site."""
    worklist = worklist_in(app_folder)
    for seed, probability in ((1, 0.1), (2, 0.9)):
        shown(worklist, seed, probability)
    worklist.site.change(Mode.SILENT, "root")
    return worklist


def words(app: AppTest) -> str:
    """All that a page says."""
    kinds = (*("markdown", "caption", "info", "warning", "error", "metric", "code", "title", "header"),)
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def test_the_worklist_is_in_order_of_arrival_without_flags(worklist: Worklist) -> None:
    app = page()

    assert column(app, "case") == ["#1", "#2"]
    names = [one["name"] for one in table(app)["columns"]]
    assert "flag" not in names and "probability" not in names
    assert not any(word in json.dumps(table(app)["rows"]) for word in TELLING)
    assert not any(word in words(app) for word in TELLING)
    assert "To read **2**" in words(app)
    assert not any(pills.label == "Flag" for pills in app.get("button_group"))


def test_a_link_with_a_filter_of_flags_shows_every_case(worklist: Worklist) -> None:
    app = AppTest.from_file(ROOT / "cxr" / "ui" / "pages" / "worklist.py", default_timeout=SECONDS)
    app.session_state[SESSION] = Session(reader=ADA)
    app.query_params["flags"] = "Urgent"
    app.run()

    assert column(app, "case") == ["#1", "#2"]


def test_a_case_says_that_its_result_is_withheld_and_offers_no_report(worklist: Worklist) -> None:
    app = open_case(2)

    assert "Results are withheld at this site." in words(app)
    assert not any(word in words(app) for word in TELLING)
    assert "Download report (PDF)" not in labels(app) and not app.metric


def test_a_finding_is_recorded_and_the_case_then_shows_no_flag_either(worklist: Worklist) -> None:
    claimed = worklist.desk.claim(now(worklist, 2), ADA)
    worklist.desk.report(claimed, ADA, Finding.PNEUMONIA)

    app = open_case(2)

    assert "**pneumonia**" in words(app)
    assert not any(word in words(app) for word in TELLING)


def test_read_a_film_says_why_it_scores_nothing(worklist: Worklist) -> None:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS).run()

    assert not app.exception and [title.value for title in app.title] == ["Read a film"]
    assert "Silent mode." in words(app) and "by **root**" in words(app)
    assert [one.key for one in app.toggle] == ["letter-keys"] and not app.get("file_uploader")


@pytest.mark.parametrize("path", ["worklist", "audit", "evidence", "simulation", "this_site", "monitoring"])
def test_every_page_shows_the_reason_of_a_stop(worklist: Worklist, path: str) -> None:
    worklist.site.change(Mode.STOPPED, "stop rule", "readers disagree")
    app = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    app.session_state[SESSION] = Session(reader=ADA)

    app.switch_page(f"cxr/ui/pages/{path}.py").run()

    assert not app.exception
    (warning,) = (warning.value for warning in app.warning if "Stopped." in warning.value)
    assert "“readers disagree”" in warning and "**stop rule**" in warning


def test_flags_are_back_once_the_site_is_live(worklist: Worklist) -> None:
    worklist.site.change(Mode.LIVE, "root")

    app = page()

    assert column(app, "case") == ["#2", "#1"]
    assert "Urgent **1**" in words(app)
