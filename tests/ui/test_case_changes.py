import pytest
from film.film_files import dicom_file
from made_films import grey_level
from ui.case_page import button, click, open_case, text
from ui.shown_cases import ADA, BEN, now, shown
from worklist.made_cases import CHILD

from cxr.triage.priority import Urgency
from cxr.ui.escape import literal
from cxr.ui.service import worklist
from cxr.worklist.audit.action import Action
from cxr.worklist.case import State

pytestmark = pytest.mark.usefixtures("app_folder")

NOTE = "Right lower lobe."


def test_burned_in_text_is_redacted_and_the_film_scored_again() -> None:
    case = shown(worklist(), 0)
    app = open_case(case.number)
    assert button(app, "Redact").disabled

    app.button_group(key=f"corners-{case.film_number}").set_value(["top left"]).run()
    click(app, "Redact")

    changed = now(worklist(), case.number)
    assert changed.sha256 != case.sha256
    # The page's worker, which it has woken, may be done by now.
    assert changed.state is State.WAITING or changed.scored_at != case.scored_at
    assert len(worklist().audit.lines(case=case.number, action=Action.REDACTED)) == 1


def test_leaving_a_claimed_case_without_a_finding_is_pointed_out() -> None:
    case = shown(worklist(), 0, 0.9)
    shown(worklist(), 1, 0.5)
    app = click(open_case(case.number), "Claim")

    click(app, "Claim next")

    assert f"You still have case {case.number}, without a finding." in app.toast[0].value


def test_the_case_shows_who_raised_it_and_why() -> None:
    case = shown(worklist(), 0)
    worklist().desk.raise_priority(case, BEN, Urgency.STAT, "The ward called.")

    assert f"Raised by **{BEN}**: “The ward called.”" in text(open_case(case.number))


@pytest.mark.parametrize("address", ["http://e.com", "HTTPS://e.com", "www.e.com", "a@e.com"])
def test_no_address_in_a_note_becomes_a_link(address: str) -> None:
    assert address not in literal(address).replace("\\", "")
    assert literal(address).replace("\\", "").replace("\u2060", "") == address


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({}, ""),
        ({"PatientAge": "044Y", "PatientSex": "F", "ViewPosition": "PA"}, "44 years, female, PA view"),
        ({"PatientAge": "018M", "PatientSex": "M"}, "18 months, male"),
        ({"ViewPosition": "AP"}, "AP view"),
    ],
)
def test_age_sex_and_view_in_the_header_are_shown(header: dict[str, str], words: str) -> None:
    film = dicom_file(grey_level(0), **header)
    number = worklist().intake.accept("film.dcm", film, CHILD, ADA).number

    captions = [caption.value for caption in open_case(number).caption]

    expected = [f"From the DICOM header: {words}"] if words else []
    assert [caption for caption in captions if caption.startswith("From the DICOM header")] == expected
