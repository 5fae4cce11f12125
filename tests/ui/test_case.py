import datetime

import pytest
from streamlit.testing.v1 import AppTest
from ui.case_page import button, click, labels, open_case, text, viewers
from ui.shown_cases import ADA, BEN, now, shown, waiting
from worklist.made_cases import VERSION, WORKER, reading

from cxr.triage.priority import Urgency
from cxr.ui.service import worklist
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.location import Location, Side, Zone
from cxr.worklist.queue.scoring_queue import Scored

pytestmark = pytest.mark.usefixtures("app_folder")

NOTE = "Right lower lobe."


def type_note(app: AppTest, case: Case, note: str = NOTE) -> None:
    app.text_area(key=f"note-{case.number}").set_value(note).run()


@pytest.mark.parametrize("number", ["", "twelve", "-1", "9" * 30, "٣"])
def test_without_a_case_the_page_points_to_the_worklist(number: str) -> None:
    assert "Choose one from the worklist" in open_case(number).info[0].value


def test_an_unknown_case_number_is_named() -> None:
    assert "There is no case 404" in open_case(404).info[0].value


def test_a_reader_claims_a_case_and_reads_it() -> None:
    case = shown(worklist(), 1)
    app = click(open_case(case.number), "Claim")
    assert now(worklist(), case.number).reader == ADA
    type_note(app, case)
    app.segmented_control(key=f"agrees-{case.number}").set_value("Disagree").run()

    click(app, "No pneumonia")

    report = now(worklist(), case.number).report
    assert report and (report.finding, report.agrees, report.note) == (Finding.NO_PNEUMONIA, False, NOTE)
    assert f"Case {case.number} is read: no pneumonia" in app.toast[0].value
    assert "**no pneumonia**, disagrees with the flag" in text(app)
    assert app.text_area[0].value == NOTE and app.text_area[0].disabled
    assert app.title[0].value == f"Case {case.number}"


def test_undo_restores_the_form_with_everything_entered() -> None:
    case = shown(worklist(), 1)
    seen = worklist().desk.claim(case, ADA)
    worklist().desk.report(seen, ADA, Finding.OTHER, True, NOTE)

    app = click(open_case(case.number), "Undo")

    assert app.toast[0].value == f"The finding on case {case.number} is undone."
    assert now(worklist(), case.number).state is State.IN_READING
    assert app.text_area(key=f"note-{case.number}").value == NOTE
    assert app.segmented_control(key=f"agrees-{case.number}").value == "Agree"


def test_a_reader_says_where_the_pneumonia_is_and_undo_restores_it() -> None:
    case = shown(worklist(), 1)
    app = click(open_case(case.number), "Claim")
    side, zone = f"side-{case.number}", f"zone-{case.number}"
    assert app.segmented_control(key=side).value is app.segmented_control(key=zone).value is None
    app.segmented_control(key=side).set_value(Side.RIGHT).run()
    app.segmented_control(key=zone).set_value(Zone.LOWER).run()

    click(app, "Pneumonia")

    report = now(worklist(), case.number).report
    assert report and report.location == Location(Side.RIGHT, Zone.LOWER)
    assert "read it: pneumonia, right lower zone" in text(app)
    assert "**pneumonia, right lower zone**." in text(app)
    app = click(open_case(case.number), "Undo")
    assert app.segmented_control(key=side).value == Side.RIGHT
    assert app.segmented_control(key=zone).value == Zone.LOWER


def test_only_the_reader_of_a_case_can_undo_its_reading() -> None:
    case = shown(worklist(), 1)
    worklist().desk.report(worklist().desk.claim(case, ADA), ADA, Finding.OTHER)

    app = open_case(case.number, BEN)

    assert "Undo" not in labels(app)
    assert any("Only Ada can undo this" in caption.value for caption in app.caption)


def test_without_a_name_a_case_is_shown_but_cannot_be_claimed() -> None:
    case = shown(worklist(), 1)
    app = open_case(case.number, who="")
    assert button(app, "Claim").disabled and button(app, "Raise priority").disabled
    assert any("Choose a reader name in the sidebar" in caption.value for caption in app.caption)
    assert len(viewers(app)) == 1


def test_a_second_reader_sees_who_has_the_case_and_can_take_it_over() -> None:
    case = shown(worklist(), 1)
    app = open_case(case.number)
    worklist().desk.claim(case, BEN)

    click(app, "Claim")

    assert "Ben has this case" in app.warning[0].value
    assert now(worklist(), case.number).reader == BEN
    click(app, "Take over")
    assert now(worklist(), case.number).reader == ADA
    assert not app.warning


def test_a_case_is_taken_over_only_from_the_reader_on_the_screen() -> None:
    case = shown(worklist(), 1)
    worklist().desk.claim(case, BEN)
    app = open_case(case.number)
    worklist().desk.claim(now(worklist(), case.number), "Cleo", over=True)

    click(app, "Take over")

    assert now(worklist(), case.number).reader == "Cleo"
    assert "Cleo has this case" in app.warning[0].value


def test_a_note_survives_when_somebody_takes_the_case_over() -> None:
    case = shown(worklist(), 1)
    app = click(open_case(case.number), "Claim")
    type_note(app, case)
    worklist().desk.claim(now(worklist(), case.number), BEN, over=True)

    click(app, "Pneumonia")

    assert now(worklist(), case.number).report is None
    assert "Ben has this case" in app.warning[0].value
    assert button(app, "Pneumonia").disabled
    click(app, "Take over")
    assert app.text_area(key=f"note-{case.number}").value == NOTE


def test_a_finding_is_only_recorded_for_what_the_reader_saw() -> None:
    case = waiting(worklist(), 1)
    worklist().scoring.claim(WORKER, 1)
    worklist().desk.claim(case, ADA)
    app = open_case(case.number)
    type_note(app, case)
    worklist().scoring.record(WORKER, [Scored(case, reading(0.9), b"jpeg")])

    click(app, "No pneumonia")

    assert now(worklist(), case.number).report is None
    assert "changed since you opened it" in app.warning[0].value
    assert app.text_area(key=f"note-{case.number}").value == NOTE
    click(app, "No pneumonia")
    assert now(worklist(), case.number).report


def test_claim_next_opens_the_first_unclaimed_case_and_claims_it() -> None:
    cases = [shown(worklist(), seed, probability) for seed, probability in enumerate((0.99, 0.95, 0.9))]
    worklist().desk.claim(cases[1], BEN)
    worklist().desk.claim(cases[0], ADA)

    app = click(open_case(cases[0].number), "Claim next")

    assert app.title[0].value == f"Case {cases[2].number}"
    assert now(worklist(), cases[2].number).reader == ADA
    assert f"You still have case {cases[0].number}" in app.toast[0].value
    click(app, "Claim next")
    assert app.title[0].value == f"Case {cases[2].number}"
    assert "No other case is waiting" in app.toast[0].value


def test_an_unread_case_is_dismissed_from_its_page_with_a_reason() -> None:
    case = shown(worklist(), 1)
    app = click(open_case(case.number), "Dismiss")
    app.selectbox(key="dismiss-why").set_value("Test image").run()

    click(app, "Dismiss 1 case")

    assert now(worklist(), case.number).dismissed_at
    assert "Dismissed by **Ada**: “Test image”" in text(app)
    assert click(app, "Restore") and now(worklist(), case.number).dismissed_at is None


def test_the_result_is_in_words_before_it_is_a_number() -> None:
    case = shown(worklist(), 1, 0.55)
    app = open_case(case.number)
    assert "**Pneumonia possible**" in text(app) and app.metric[0].value == "55.0 %"
    words = "Of 100 such films in a clinic where 20 in 100 show pneumonia, about 55 show it."
    assert any(words in caption.value for caption in app.caption)


def test_previous_and_next_go_through_the_list_in_its_order() -> None:
    numbers = [
        shown(worklist(), seed, probability).number for seed, probability in enumerate((0.3, 0.9, 0.8))
    ]
    app = open_case(numbers[2])
    assert app.title[0].value == f"Case {numbers[2]}" and "**Rank 2**" in text(app)
    assert click(app, "Next in list").title[0].value == f"Case {numbers[0]}"
    assert button(app, "Next in list").disabled
    assert click(click(app, "Previous in list"), "Previous in list").title[0].value == f"Case {numbers[1]}"
    assert button(app, "Previous in list").disabled


def test_an_opening_is_recorded_once_with_the_reader() -> None:
    first, second = shown(worklist(), 1).number, shown(worklist(), 2).number
    app = open_case(first).run()
    click(app, "Claim")
    for number in (second, first):
        app.query_params["case"] = str(number)
        app.run().run()

    saw = [line for line in worklist().audit.lines() if line.action is Action.SAW]

    assert [line.case for line in saw] == [first, second, first]
    assert {(line.who, line.model) for line in saw} == {(ADA, VERSION)}


def test_a_case_is_raised_with_a_reason_and_not_without() -> None:
    case = shown(worklist(), 1, 0.1)
    app = click(open_case(case.number), "Raise priority")
    click(app, "Raise")
    assert "Enter a reason" in app.error[0].value
    app.text_area(key="raise-why").set_value("Getting worse").run()

    click(app, "Raise")

    assert now(worklist(), case.number).raised is Urgency.HIGH
    assert "**Ada** raised it to high “Getting worse”" in text(app)
    assert "Raise" not in labels(app)


def test_the_history_lists_who_did_what() -> None:
    case = shown(worklist(), 1)
    desk = worklist().desk
    seen = desk.report(desk.claim(case, ADA), ADA, Finding.PNEUMONIA, agrees=True)
    desk.claim(desk.release(desk.undo_report(seen, ADA), ADA), BEN)

    app = open_case(case.number)
    lines = text(app)

    assert any("Opened by Ada, last at" in caption.value for caption in app.caption)
    for words in (
        "**Ada** added the film",
        f"**{WORKER}** scored it: urgent, 90.0 %",
        "**Ada** claimed the case",
        "**Ada** read it: pneumonia, agrees with the flag urgent",
        "**Ada** undid the reading",
        "**Ada** released the case unread",
        "**Ben** claimed the case",
    ):
        assert words in lines


def test_other_films_of_the_patient_are_a_click_away() -> None:
    mine, other = shown(worklist(), 1, patient="7"), shown(worklist(), 2, patient="7")
    stranger = shown(worklist(), 3, patient="8")
    app = open_case(mine.number)
    assert f"Case {stranger.number}" not in labels(app)
    assert click(app, f"Case {other.number}").title[0].value == f"Case {other.number}"


def test_a_film_whose_pixels_were_removed_says_so() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], ADA, "Duplicate")
    worklist().retention.purge(keep=-datetime.timedelta(hours=1), who=ADA)

    app = open_case(case.number)

    assert any("its pixels are no longer stored" in caption.value for caption in app.caption)
    assert not viewers(app)
    assert "Restore" not in labels(app)
    assert any("add the film again" in caption.value for caption in app.caption)


def test_a_dismissed_case_is_restored() -> None:
    case = shown(worklist(), 1)
    worklist().desk.dismiss([case.number], BEN, "Duplicate")
    app = click(open_case(case.number), "Restore")
    assert now(worklist(), case.number).dismissed_at is None
    assert "**Rank 1**" in text(app)


def test_markdown_in_names_and_notes_is_shown_as_typed() -> None:
    case = shown(worklist(), 1)
    worklist().desk.report(worklist().desk.claim(case, "**x**"), "**x**", Finding.OTHER, note="[a](b)")
    app = open_case(case.number)
    assert r"\*\*x\*\*" in " ".join(markdown.value for markdown in app.markdown)
    assert app.text_area[0].value == "[a](b)"
