from io import BytesIO

import pytest
from film.film_files import with_element
from made_films import made_film
from pydicom import dcmread
from pydicom.tag import Tag
from report.reported_cases import UIDS, dicom_film, identity, scored_case
from waiting import python

from cxr.film.identity import identity_of
from cxr.report.instance import Kind
from cxr.report.objects import dicom_results
from cxr.report.original import MAY_BE_EMPTY, NoOriginalError, original_of

ABSENT = dict.fromkeys((*MAY_BE_EMPTY, "SpecificCharacterSet"))
# Outside the standard, and seen in files all the same.
INVALID = {
    "PatientBirthDate": "2020-13-02",
    "PatientSex": "male",
    "PatientAge": "four",
    "StudyDate": "3 May",
    "StudyTime": "half past nine",
}


def test_without_a_study_to_refer_to_there_is_no_result_and_the_tag_is_named() -> None:
    with pytest.raises(NoOriginalError, match="has no StudyInstanceUID"):
        original_of(identity(StudyInstanceUID=None))


@pytest.mark.parametrize("series", [None, ""])
def test_without_a_series_the_report_is_made_and_the_presentation_state_says_why_it_is_not(
    series: str | None,
) -> None:
    made = dicom_results(scored_case(), None, identity(SeriesInstanceUID=series))
    assert [one.Modality for one in made.objects] == ["SR"]
    assert made.failure == "presentation state: the film has no SeriesInstanceUID"
    assert UIDS["SOPInstanceUID"] in str(made.objects[0].ContentSequence)


SEVERAL = {
    "PatientName": "Doe\\Jane",
    "PatientID": "A\\B",
    "AccessionNumber": "A1\\A2",
    "StudyID": "1\\2",
    "ReferringPhysicianName": "A^B\\C",
    "StudyInstanceUID": "1.2.3\\1.2.4",
}


def test_identifiers_with_a_backslash_are_carried_as_they_came() -> None:
    film = identity(**SEVERAL, PatientSex="F\\M", PatientBirthDate="20200101\\20200102", StudyTime="10\\11")
    results = dicom_results(scored_case(), None, film)
    assert [one.Modality for one in results.objects] == ["SR", "PR"] and not results.failure
    for result in results.objects:
        assert {name: "\\".join(map(str, result[name].value)) for name in SEVERAL} == SEVERAL
    assert (film.patient_name, film.patient_id) == ("Doe\\Jane", "A\\B")
    assert identity(PatientName="^^^Dr").patient_name == "Dr"


@pytest.mark.parametrize(
    ("kind", "in_content"),
    [
        ("1.3.46.670589.2.5.1.1", False),  # private
        ("1.2.840.10008.5.1.4.1.1.999", False),  # of an edition of the standard that is newer than we are
        ("1.2.840.10008.5.1.4.1.1.5", True),  # retired
        ("1.2.840.10008.5.1.4.1.1.7.2", True),  # with frames
        ("1.2.840.10008.5.1.4.1.1.7.3", True),
    ],
)
def test_every_result_refers_to_a_film_of_any_sop_class_by_that_class(kind: str, in_content: bool) -> None:
    made = dicom_results(scored_case(), made_film(0, 240, 320), identity(SOPClassUID=kind))

    assert [one.Modality for one in made.objects] == ["SR", "OT", "PR"] and not made.failure
    for result in made.objects:
        items = [item for one in result.iterall() if one.VR == "SQ" for item in one.value]
        classes = [
            item.ReferencedSOPClassUID
            for item in items
            if item.get("ReferencedSOPInstanceUID") == UIDS["SOPInstanceUID"]
        ]
        assert classes and {*classes} == {kind}
    report = made.objects[0]
    assert ("IMAGE" in str(report.ContentSequence)) is in_content
    said = f"The film has SOP Instance UID {UIDS['SOPInstanceUID']}."
    assert (said in report.to_json()) is not in_content


def test_a_sop_class_that_is_the_uid_of_something_else_is_named() -> None:
    made = dicom_results(scored_case(), None, identity(SOPClassUID="1.2.840.10008.1.2"))

    assert not made.objects and "the film's SOPClassUID is not that of a SOP class" in made.failure


def test_a_patient_id_that_cannot_be_decoded_goes_nowhere_and_the_reason_is_named() -> None:
    made = dicom_results(scored_case(), None, identity(PatientID="47\N{REPLACEMENT CHARACTER}11"))

    assert made.objects == () and "Patient ID has bytes that its character set does not allow" in made.failure
    assert "47" not in made.failure


def test_what_a_film_does_not_state_is_empty_in_its_results() -> None:
    results = dicom_results(scored_case(), None, identity(**ABSENT)).objects
    for result in results:
        for name in MAY_BE_EMPTY:
            assert not result[name].value, name


def test_invalid_values_of_a_film_are_left_out() -> None:
    original = original_of(identity(**INVALID))
    for name in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"):
        assert original[name].value == "", name
    assert "PatientAge" not in original
    assert len(dicom_results(scored_case(), None, identity(**INVALID)).objects) == 2


@pytest.mark.parametrize("keyword", MAY_BE_EMPTY)
@pytest.mark.parametrize(
    ("vr", "value"),
    [("US", b"\1\0"), ("IS", b"AB12"), ("FD", bytes(8)), ("UN", b"\1\2\3\4"), ("SQ", b""), ("OB", b"AB")],
)
def test_identifiers_of_another_representation_keep_no_result_back(
    keyword: str, vr: str, value: bytes
) -> None:
    film = identity_of(with_element(dicom_film(), int(Tag(keyword)), vr, value))

    results = dicom_results(scored_case(), None, film)

    assert len(results.objects) == 2 and not results.failure
    assert results.objects[0].PatientID == ("1" if (keyword, vr) == ("PatientID", "US") else film.patient_id)


@pytest.mark.parametrize("date", ["2020.01.02", "2020-01-02", "2020/01/02", " 20200102 "])
def test_dates_of_which_the_age_is_computed_are_in_the_results(date: str) -> None:
    for result in dicom_results(scored_case(), None, identity(PatientBirthDate=date, StudyDate=date)).objects:
        assert (result.PatientBirthDate, result.StudyDate) == ("20200102", "20200102")


def test_the_sop_class_and_uid_are_taken_from_the_file_meta_information_where_the_header_lacks_them() -> None:
    film, file = dcmread(BytesIO(dicom_film())), BytesIO()
    sop_class, uid = film.SOPClassUID, film.SOPInstanceUID
    del film.SOPClassUID, film.SOPInstanceUID
    film.save_as(file)

    [report] = dicom_results(scored_case(), None, identity_of(file.getvalue()), kinds=[Kind.REPORT]).objects

    [study] = report.CurrentRequestedProcedureEvidenceSequence
    [reference] = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert (reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID) == (sop_class, uid)


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", "MÜLLER^JÖRG"),
        ("ISO_IR 144", "ИВАНОВА^АННА"),
        ("GB18030", "Wang^XiaoDong=王^小东"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ],
)
def test_a_name_in_any_alphabet_comes_back_in_unicode(character_set: str, name: str) -> None:
    film = identity_of(dicom_film(SpecificCharacterSet=character_set, PatientName=name))
    for result in dicom_results(scored_case(), None, film).objects:
        assert result.SpecificCharacterSet == "ISO_IR 192"
        assert str(result.PatientName) == name


def test_no_warning_of_a_library_names_the_patient() -> None:
    """In a process of its own, where warnings go to the log."""
    script = (
        "import logging, sys; sys.path[:0] = ['tests', '.']; logging.basicConfig(level=logging.INFO)\n"
        "from report.reported_cases import *; from cxr.report.objects import dicom_results\n"
        "dicom_results(scored_case(), None, identity(PatientName='ROSSI', PatientSex='ROSSI',"
        " PatientBirthDate='ROSSI', ReferringPhysicianName='ROSSI', StudyID='ROSSI' * 20))"
    )
    [line] = python(script).splitlines()
    assert line.endswith("Case 12: StudyID is longer than DICOM allows and is sent unchanged.")
