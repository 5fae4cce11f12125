"""Reports in the PACS: their SOP class, what they replace, and films of which little is known."""

import pytest
from peers import PACS, film, listed, pacs
from pydicom.uid import UID, Comprehensive3DSRStorage, ComprehensiveSRStorage
from sent_results import waiting_results
from test_storage_scu import delivery, file_of, received, send
from worklist.made_cases import reading, scored

from cxr.film import Population
from cxr.report.instance import Kind, series_uid
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.worklist import Worklist


def test_a_finding_is_sent_as_an_object_of_its_own(worklist: Worklist) -> None:
    case = received(worklist)
    with pacs(ComprehensiveSRStorage) as peer:
        send(worklist, peer)
        worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.PNEUMONIA)
        send(worklist, peer)

    assert len({one.SOPInstanceUID for one in peer.objects}) == 2
    assert len({one.StudyInstanceUID for one in peer.objects}) == 1


def test_a_film_without_a_study_uid_has_no_result_until_it_is_sent_again_with_one(worklist: Worklist) -> None:
    case = received(worklist, StudyInstanceUID="")
    with pacs() as peer:
        send(worklist, peer)
        assert delivery(worklist, case).failure == "the film has no StudyInstanceUID"
        assert peer.objects == [] and waiting_results(worklist) == 0

        worklist.intake.accept("film", file_of(film(0)), Population.CHILD, "pacs", wants_result=True)
        send(worklist, peer)

    assert [one.StudyInstanceUID for one in peer.objects] == ["1.2.3.1.0"] * 3
    assert waiting_results(worklist) == 0


@pytest.mark.parametrize("missing", ["Rows", "PhotometricInterpretation"])
def test_a_film_whose_pixels_cannot_be_kept_is_in_its_study_with_its_name_and_its_refusal_goes_out(
    worklist: Worklist, missing: str
) -> None:
    whole, broken = film(0), film(0, SOPInstanceUID="1.2.3.4", AccessionNumber="A1")
    del broken[missing]
    for one in (whole, broken, broken):
        worklist.intake.accept("film", file_of(one), Population.CHILD, "pacs", wants_result=True)

    [case] = listed(worklist)
    [_, refused] = case.films
    assert refused.flag is Flag.REFUSED and case.flag is None
    identity = worklist.identities.of_film(refused.number)
    assert identity and (identity.patient_name, identity.text("AccessionNumber")) == ("ROSSI, MARIA", "A1")
    with pacs() as peer:
        send(worklist, peer)
    assert [(one.SOPClassUID, one.PatientID, one.StudyInstanceUID) for one in peer.objects] == [
        (Comprehensive3DSRStorage, "P0", "1.2.3.1.0")
    ]
    assert "UNSUPPORTED" in peer.objects[0].to_json().upper() and waiting_results(worklist) == 0


def test_a_film_whose_pixels_could_not_be_kept_is_scored_once_it_comes_whole(worklist: Worklist) -> None:
    broken = film(0)
    del broken.Rows
    for one in (broken, film(0), broken):
        worklist.intake.accept("film", file_of(one), Population.CHILD, "pacs", wants_result=True)

    [case] = listed(worklist)
    assert len(case.films) == 1 and case.flag is None
    assert scored(worklist, case, reading(0.9)).flag is Flag.URGENT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Comprehensive3DSRStorage, Comprehensive3DSRStorage),
        (ComprehensiveSRStorage, ComprehensiveSRStorage),
        (ComprehensiveSRStorage, Comprehensive3DSRStorage),
        (Comprehensive3DSRStorage, ComprehensiveSRStorage),
    ],
)
def test_a_finding_replaces_the_report_that_was_sent_before_it_in_the_class_that_the_pacs_takes(
    worklist: Worklist, before: UID, after: UID
) -> None:
    case = received(worklist)
    with pacs(before) as earlier:
        send(worklist, earlier)
    worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.PNEUMONIA)
    with pacs(after) as later:
        send(worklist, later)

    [first], [second] = earlier.objects, later.objects
    assert (first.SOPClassUID, second.SOPClassUID) == (before, after)
    [study] = second.PredecessorDocumentsSequence
    [series] = study.ReferencedSeriesSequence
    [report] = series.ReferencedSOPSequence
    assert report.ReferencedSOPClassUID == before
    assert (study.StudyInstanceUID, series.SeriesInstanceUID, report.ReferencedSOPInstanceUID) == (
        *(first.StudyInstanceUID, first.SeriesInstanceUID, first.SOPInstanceUID),
    )


def test_a_pacs_that_takes_both_kinds_of_reports_gets_comprehensive_3d_sr(worklist: Worklist) -> None:
    received(worklist)
    with pacs(ComprehensiveSRStorage, Comprehensive3DSRStorage) as peer:
        send(worklist, peer)

    assert [one.SOPClassUID for one in peer.objects] == [Comprehensive3DSRStorage]


def test_a_report_of_an_earlier_version_which_recorded_no_sop_class_is_replaced(worklist: Worklist) -> None:
    case = received(worklist)
    due = worklist.outbox.claim("earlier version")
    assert due and case.bundle_version
    series = series_uid(Kind.REPORT, "1.2.3.1.0", case.bundle_version)
    recorded = {"report": "1.2.99", "series": series}
    worklist.outbox.sent("earlier version", due, PACS, 1, case.bundle_version, recorded)
    worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.PNEUMONIA)
    with pacs() as peer:
        send(worklist, peer)

    [study] = peer.objects[0].PredecessorDocumentsSequence
    [report] = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert report.ReferencedSOPInstanceUID == "1.2.99"
    assert report.ReferencedSOPClassUID == ComprehensiveSRStorage


def test_a_report_in_another_study_refers_to_the_one_in_the_study_that_the_film_left(
    worklist: Worklist,
) -> None:
    case = received(worklist)
    one = film(0)
    with pacs(ComprehensiveSRStorage) as peer:
        send(worklist, peer)
        one.StudyInstanceUID = "1.2.9"
        worklist.intake.accept("film", file_of(one), Population.CHILD, "pacs", wants_result=True)
        send(worklist, peer)

    first, second = peer.objects
    [study] = second.PredecessorDocumentsSequence
    assert (second.StudyInstanceUID, study.StudyInstanceUID) == ("1.2.9", first.StudyInstanceUID)
    [series] = study.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert listed(worklist)[0].number == case.number


def test_identifiers_of_a_film_whose_pixels_cannot_be_kept_are_corrected_by_the_next_one_of_the_same_patient(
    worklist: Worklist,
) -> None:
    def sent(**header: str) -> list[str]:
        broken = film(0, **header)
        del broken.Rows
        worklist.intake.accept("film", file_of(broken), Population.CHILD, "pacs", wants_result=True)
        identities = [worklist.identities.of_film(case.film_number) for case in listed(worklist)]
        return sorted(identity.patient_name for identity in identities if identity)

    names = [sent(), sent(PatientName="ROSSI^ANNA"), sent(PatientName="VERDI^LUCIA", PatientID="P9")]
    with pacs() as peer:
        send(worklist, peer, results=2)

    # Of another patient, it is another film.
    assert names == [["ROSSI, MARIA"], ["ROSSI, ANNA"], ["ROSSI, ANNA", "VERDI, LUCIA"]]
    again = [
        line
        for case in listed(worklist)
        for line in worklist.audit.lines(case.number, action=Action.ADDED_AGAIN)
    ]
    assert [line.details.get("changed") for line in again] == ["name corrected"]
    assert {line.details["reasons"] for line in again} == {"unsupported_dicom"}
    assert sorted(str(one.PatientName) for one in peer.objects) == ["ROSSI^ANNA", "VERDI^LUCIA"]
