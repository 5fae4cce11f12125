from pathlib import Path

import pytest
from evidence.made_evidence import VERSION, bare_evidence
from streamlit.testing.v1 import AppTest

from cxr import RESEARCH_USE
from cxr.evidence.flag_shares import flag_shares
from cxr.evidence.metrics_file import METRICS
from cxr.evidence.stored_simulation import StoredSimulation, keep_simulation
from cxr.language.language import Language
from cxr.triage.clinic import Clinic
from cxr.triage.queue_simulation import simulate as simulate_clinic
from cxr.ui.session import SESSION, Session

pytestmark = pytest.mark.usefixtures("app_folder")

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "ui" / "pages" / "simulation.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a bundle that has evidence and no network."""
    monkeypatch.setenv("CXR_MODELS", str(tmp_path))
    monkeypatch.setenv("CXR_BUNDLE", "made")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / METRICS).write_text(bare_evidence().to_json())
    return tmp_path / "made"


@pytest.fixture
def page(folder: Path) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=150).run()
    assert not app.exception
    return app


def simulate(app: AppTest, **values: float | str) -> AppTest:
    """Send the form, with little to simulate."""
    quick = {"Films a day": 30, "Days counted": 4, "Days before that, not counted": 1, "Repeats": 6}
    fields = {field.label: field for field in (*app.number_input, *app.text_input)}
    for label, value in (quick | values).items():
        fields[label].set_value(value)
    app.button[0].click().run()
    assert not app.exception
    return app


def plots(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def test_the_page_first_asks_for_the_clinic_and_lists_the_assumptions(page: AppTest) -> None:
    assert page.title[0].value == "Does it help?"
    assert "press *Simulate*" in page.info[0].value and plots(page) == 0
    assert any(RESEARCH_USE in caption.value for caption in page.caption)
    assert any(VERSION in caption.value for caption in page.caption)
    assumed = next(one.value for one in page.markdown if "calculation from assumptions" in one.value)
    assert "nobody has measured it in a clinic" in assumed
    flags = next(line for line in assumed.splitlines() if "of 100 adults with pneumonia" in line)
    assert all(f"{word}]" in flags for word in ("Urgent 80", "Review 15", "Routine 4", "Not scored 1"))


def test_a_stored_result_is_shown_at_once_until_a_clinic_is_described(folder: Path) -> None:
    evidence = bare_evidence()
    clinic = Clinic(films_per_day=30, days=4, warm_up_days=1, repeats=6)
    found = simulate_clinic(clinic, flag_shares(evidence.holdout), lambda done, total: None)
    keep_simulation(folder, StoredSimulation(evidence.bundle, found))

    app = AppTest.from_file(PAGE, default_timeout=150).run()

    assert plots(app) == 3 and any("30 films a day" in caption.value for caption in app.caption)
    simulate(app, **{"Films a day": 500})
    assert "readers would be enough" in app.error[0].value and plots(app) == 0


def test_a_simulated_clinic_is_shown_in_words_plots_and_a_table(page: AppTest) -> None:
    simulate(page)

    assert any("the mean wait of films with pneumonia" in one.value for one in page.markdown)
    assert any("30 films a day" in caption.value for caption in page.caption)
    assert plots(page) == 3 and not page.info
    table = page.dataframe[0].value
    assert len(table) == 6
    assert list(table.columns) == ["Order", "Films", "Mean, h", "95th percentile, h", "Longest, h", "Count"]


def test_the_result_stays_when_the_page_is_redrawn(page: AppTest) -> None:
    before = simulate(page).dataframe[0].value

    assert page.run().dataframe[0].value.equals(before)


def test_a_clinic_that_cannot_keep_up_learns_how_many_readers_it_needs(page: AppTest) -> None:
    simulate(page, **{"Films a day": 500})

    assert "readers would be enough" in page.error[0].value and plots(page) == 0


def test_reading_round_the_clock_with_films_outside_is_refused_with_the_remedy(page: AppTest) -> None:
    page.slider[0].set_value((0, 24))
    simulate(page)

    assert "set the share outside to 0" in page.error[0].value


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("prevalence", "cap"), [(0.07, 9.0), (0.999, 0.25), (0.001, 2000.0)])
def test_the_form_begins_with_the_prevalence_and_the_cap_that_are_set(
    prevalence: float, cap: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_PREVALENCE", str(prevalence))
    monkeypatch.setenv("CXR_WAITING_CAP_HOURS", str(cap))
    app = AppTest.from_file(PAGE, default_timeout=150).run()

    assert not app.exception
    values = {field.label: float((field.value or "").replace(",", "")) for field in app.text_input}
    assert values["Pneumonia, %"] == pytest.approx(100 * prevalence)
    assert values["Cap on the wait, hours"] == cap


def test_fields_have_the_decimal_sign_of_the_page_and_take_either(folder: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=150)
    app.session_state[SESSION] = Session(language=Language.SPANISH)
    app.run()
    cap = next(field for field in app.text_input if field.label == "Límite de espera, horas")
    minutes = next(field for field in app.text_input if field.label == "Minutos por radiografía")
    cap.set_value("4,5")
    minutes.set_value("1.5")
    for field, few in zip(app.number_input[-3:], (4, 1, 6), strict=True):
        field.set_value(few)
    app.button[0].click().run()

    assert not app.exception
    clinic = app.session_state[SESSION].simulated.clinic
    assert (clinic.cap_hours, clinic.reading_minutes) == (4.5, 1.5)
    assert next(one.value for one in app.text_input if one.label == cap.label) == "4,5"


def test_a_field_that_holds_no_number_is_quoted_with_an_example(page: AppTest) -> None:
    simulate(page, **{"Minutes per film": "two"})

    assert page.error[0].value == "“two” is not a number. Write it like 6.5." and plots(page) == 0


def test_without_evidence_the_page_says_how_to_get_it(folder: Path) -> None:
    (folder / METRICS).unlink()
    app = AppTest.from_file(PAGE, default_timeout=150).run()

    assert "python -m cxr evidence" in app.info[0].value and not app.button
