"""The pages name the patient only if a key is set and the clinic lets names be shown."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from film.film_files import dicom_file
from made_films import grey_level, png
from streamlit.testing.v1 import AppTest
from ui.case_page import text
from ui.shown_cases import ADA
from ui.worklist_page import column, table
from worklist.made_cases import CHILD

from cxr.ui.service import settings, worklist

APP = Path(__file__).resolve().parents[2] / "app.py"
MARIA = "ROSSI, MARIA · MRN-4711"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_IDENTITY_KEY", Fernet.generate_key().decode())


pytestmark = pytest.mark.usefixtures("key", "app_folder")


def add_films() -> None:
    film = dicom_file(grey_level(0), PatientBirthDate="19800131", StudyDate="20240601", PatientSex="F")
    worklist().intake.accept("film.dcm", film, CHILD, ADA)
    worklist().intake.accept("film.png", png(1), CHILD, ADA)


def page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=150)
    app.switch_page(f"cxr/ui/pages/{name}.py")
    for word, value in query.items():
        app.query_params[word] = value
    app.run()
    assert not app.exception
    return app


def test_the_list_names_the_patients_that_are_known() -> None:
    add_films()

    assert sorted(column(page("worklist"), "patient")) == [MARIA, "film.png"]


def test_a_case_names_its_patient() -> None:
    add_films()

    assert f"{MARIA} · born 1980-01-31 · sex F · study of 2024-06-01" in text(page("case", case="1"))
    assert "MRN-4711" not in text(page("case", case="2"))


def test_a_name_that_is_shown_in_another_character_set_than_the_declared_one_says_so() -> None:
    for number, name in enumerate(("Müller", "MÃ¼ller"), 1):
        film = dicom_file(
            grey_level(number),
            SpecificCharacterSet="ISO_IR 100",
            PatientName=name,
            StudyInstanceUID=f"1.{number}",
        )
        worklist().intake.accept("film.dcm", film, CHILD, ADA)

    cases = [page("case", case=str(number)) for number in (1, 2)]

    assert all("Müller · MRN-4711" in text(case) for case in cases)
    noted = [any("character set" in caption.value for caption in case.caption) for case in cases]
    assert noted == [False, True]


def test_a_case_whose_films_name_two_patients_names_both_and_warns() -> None:
    for film, number in ((1, "MRN-4711"), (2, "MRN-4711"), (1, "4712")):
        content = dicom_file(
            grey_level(film), PatientID=number, StudyInstanceUID="1.2.3", SOPInstanceUID=f"1.2.3.{film}"
        )
        worklist().intake.accept("film.dcm", content, CHILD, ADA)

    app = page("case", case="1")

    assert "ROSSI, MARIA · 4712 / ROSSI, MARIA · MRN-4711" in text(app)
    assert any("with another Patient ID" in warning.value for warning in app.warning)


def test_a_setting_hides_the_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_SHOW_PATIENTS", "false")
    add_films()

    drawn = table(page("worklist"))
    assert "patient" not in [one["name"] for one in drawn["columns"]] and "MRN-4711" not in str(drawn)
    assert "MRN-4711" not in text(page("case", case="1"))


def test_a_wrong_key_is_reported_and_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    add_films()
    monkeypatch.setenv("CXR_IDENTITY_KEY", Fernet.generate_key().decode())
    worklist.clear()
    settings.clear()

    app = page("case", case="1")

    assert any("CXR_IDENTITY_KEY is not the key" in warning.value for warning in app.warning)
    assert "MRN-4711" not in text(app) and app.button
