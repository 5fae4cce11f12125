"""From the page of a case to its neighbours in the list, and what the page of a refused film leaves out."""

import pytest
from ui.case_page import button, click, open_case, text
from ui.shown_cases import ADA, shown
from worklist.made_cases import refusal, scored

from cxr.ui.service import worklist

pytestmark = pytest.mark.usefixtures("app_folder")


def test_a_case_that_was_read_or_dismissed_leads_on_from_where_it_was() -> None:
    first, here, last = (shown(worklist(), seed, 0.9 - seed / 10).number for seed in range(3))
    app = click(click(open_case(here), "Claim"), "Other")
    assert "**Read**" in text(app)
    assert click(app, "Next in list").title[0].value == f"Case {last}"
    app = open_case(here)
    assert click(app, "Previous in list").title[0].value == f"Case {first}"
    click(click(open_case(here), "Undo"), "Release")
    worklist().desk.dismiss([here], ADA, "Duplicate")
    assert click(open_case(here), "Next in list").title[0].value == f"Case {last}"


def test_a_step_leads_past_what_others_have_read_since_and_to_what_has_arrived() -> None:
    here, read_since, last = (shown(worklist(), seed, 0.9 - seed / 10).number for seed in range(3))
    app = open_case(here)
    worklist().desk.dismiss([read_since], ADA, "Duplicate")
    assert click(app, "Next in list").title[0].value == f"Case {last}"
    worklist().desk.dismiss([here], ADA, "Duplicate")
    assert click(app, "Previous in list").title[0].value == f"Case {last}"
    assert "The list ends here now." in app.toast[0].value
    assert button(app, "Previous in list").disabled and button(app, "Next in list").disabled


def test_a_refusal_is_explained_once_and_there_is_no_flag_to_agree_with() -> None:
    case = scored(worklist(), said=refusal())

    app = click(open_case(case.number), "Claim")

    assert text(app).count("The film is blank.") == 1
    keys = [choice.key or "" for choice in app.segmented_control]
    assert f"side-{case.number}" in keys and f"agrees-{case.number}" not in keys
