import io
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_films import made_film
from pydicom import dcmread
from report.reported_cases import (
    NOW,
    identity,
    read_case,
    refused_case,
    routine_case,
    scored_case,
    waiting_case,
)

from cxr.film import Film
from cxr.film.identity import Identity
from cxr.report.instance import Kind
from cxr.report.objects import dicom_results
from cxr.worklist.case import Case

FILM = made_film(0, 240, 320)


@pytest.mark.parametrize(
    ("case", "film", "modalities"),
    [
        (scored_case(), FILM, ["SR", "OT", "PR"]),
        (read_case(), FILM, ["SR", "OT", "PR"]),
        (routine_case(), FILM, ["SR", "OT"]),
        (refused_case(), FILM, ["SR", "OT"]),
        (refused_case(), None, ["SR"]),
        (scored_case(purged_at=NOW), None, ["SR", "PR"]),
    ],
    ids=["urgent", "read", "routine", "refused", "unreadable", "purged"],
)
def test_a_case_has_every_result_that_it_has_something_for(
    case: Case, film: Film | None, modalities: list[str]
) -> None:
    made = dicom_results(case, film, identity())
    results = made.objects
    assert not made.failures
    assert [result.Modality for result in results] == modalities
    assert len({result.SOPInstanceUID for result in results}) == len(results)
    assert len({result.SeriesInstanceUID for result in results}) == len(results)
    assert {result.StudyInstanceUID for result in results} == {identity().dataset.StudyInstanceUID}


def test_results_that_are_made_twice_are_the_same_objects() -> None:
    first, again = (dicom_results(read_case(), FILM, identity()).objects for _ in range(2))
    assert first == again


def test_every_result_says_that_it_is_for_research_use() -> None:
    for result in dicom_results(scored_case(), FILM, identity()).objects:
        assert "research use" in result.SeriesDescription
        assert "research use" in result.ManufacturerModelName


def test_a_film_not_scored_yet_has_no_results() -> None:
    with pytest.raises(ValueError, match="not scored yet"):
        dicom_results(waiting_case(), FILM, identity())


def test_what_cannot_be_made_is_named_and_the_others_are_made() -> None:
    header = identity().dataset
    del header.Rows, header.Columns
    sizeless = dicom_results(scored_case(), FILM, Identity(header.to_json()))
    assert [one.Modality for one in sizeless.objects] == ["SR"]
    assert sizeless.failure == "overlay: the film has no Rows, Columns"

    no_study = dicom_results(scored_case(), FILM, identity(StudyInstanceUID=None))
    assert no_study.objects == ()
    assert no_study.failures[Kind.REPORT] == "the film has no StudyInstanceUID"


LONG = "4711" * 17


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PatientID", LONG),
        ("AccessionNumber", "A" * 23),
        ("PatientName", "=王^小东"),
        ("PatientName", "^JANE"),
        ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("StudyInstanceUID", "1.2.003.04"),
        ("SOPInstanceUID", "1.2.3.0042"),
    ],
)
def test_identifiers_are_carried_as_they_came(name: str, value: str) -> None:
    results = dicom_results(scored_case(), FILM, identity(**{name: value}))
    assert [one.Modality for one in results.objects] == ["SR", "OT", "PR"]
    for result in results.objects:
        file = io.BytesIO()
        result.save_as(file, enforce_file_format=True)
        file.seek(0)
        if name == "SOPInstanceUID":
            assert value in str(result)
        else:
            assert str(dcmread(file)[name].value) == value


# What a header can hold of a name: groups and components without their separators, and no spaces at the ends.
COMPONENT = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="\\^="), max_size=20
)
GROUP = st.lists(COMPONENT, min_size=1, max_size=3).map("^".join)
NAMES = st.lists(GROUP, min_size=1, max_size=3).map("=".join).filter(lambda name: name.strip("=^"))
UIDS = st.lists(st.from_regex(r"\A[0-9]{1,8}\Z"), min_size=2, max_size=6).map(".".join)


@given(NAMES, UIDS)
@settings(max_examples=25, deadline=None)
def test_any_name_and_any_uid_are_carried_as_they_came(name: str, uid: str) -> None:
    results = dicom_results(scored_case(), FILM, identity(PatientName=name, StudyInstanceUID=uid))
    assert [one.Modality for one in results.objects] == ["SR", "OT", "PR"]
    for result in results.objects:
        file = io.BytesIO()
        result.save_as(file, enforce_file_format=True)
        file.seek(0)
        read = dcmread(file)
        # Empty components and groups at the end say nothing, and a writer may leave them out.
        assert str(read.PatientName).rstrip("=^") == name.rstrip("=^")
        assert read.StudyInstanceUID == uid


def test_a_log_line_names_the_identifier_that_is_too_long_and_not_its_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        dicom_results(scored_case(), None, identity(PatientID=LONG))
    assert caplog.messages == ["Case 12: PatientID is longer than DICOM allows and is sent unchanged."]
