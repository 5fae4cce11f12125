import io
from dataclasses import replace

import pytest
from highdicom.sr import Comprehensive3DSR, ComprehensiveSR
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage, ComprehensiveSRStorage
from report.reported_cases import (
    NOW,
    REASON,
    UIDS,
    VERSION,
    dicom_film,
    identity,
    read_case,
    refused_case,
    routine_case,
    scored_case,
    waiting_case,
)

from cxr import RESEARCH_USE
from cxr.film.identity import identity_of
from cxr.model.released import UNRELEASED
from cxr.report.predecessor import SentReport
from cxr.report.structured_report import structured_report
from cxr.worklist.case import Case, Finding, Report
from cxr.worklist.location import NOT_STATED, Location, Side, Zone


def written(case: Case, **changes: object) -> Dataset:
    """A report as a PACS reads it."""
    file = io.BytesIO()
    structured_report(case, identity(**changes), zone=NOW.tzinfo).save_as(file, enforce_file_format=True)
    file.seek(0)
    return dcmread(file)


def items(node: Dataset) -> list[tuple[str, object]]:
    """Name and value of all items of a report."""
    found: list[tuple[str, object]] = []
    for item in node.get("ContentSequence", []):
        name = item.ConceptNameCodeSequence[0].CodeMeaning
        if item.ValueType == "NUM":
            value: object = float(item.MeasuredValueSequence[0].NumericValue)
        elif item.ValueType == "CODE":
            value = item.ConceptCodeSequence[0].CodeValue
        elif item.ValueType == "SCOORD":
            value = list(item.GraphicData)
        else:
            value = item.get("TextValue") or item.get("PersonName") or item.get("UID")
        found += [(name, value), *items(item)]
    return found


def values(node: Dataset, name: str) -> list[object]:
    return [value for found, value in items(node) if found == name]


def test_a_report_holds_probability_operating_points_flag_and_model() -> None:
    report = written(scored_case())

    assert values(report, "Probability") == [87.0]
    assert values(report, "Associated finding (attribute)") == ["233604007"]
    assert values(report, "Low operating point: flagged review from here") == [25.0]
    assert values(report, "High operating point: flagged urgent from here") == [75.0]
    assert values(report, "Flag for the order of reading") == ["URGENT"]
    assert set(values(report, "Algorithm Version")) == {VERSION}
    assert values(report, "Observer Type") == ["121007"]
    assert {RESEARCH_USE, UNRELEASED} <= {*values(report, "Comment")}


def test_highdicom_reads_it_as_a_measurement_report() -> None:
    report = Comprehensive3DSR.from_dataset(written(scored_case()))
    (group,) = report.content.get_image_measurement_groups()
    assert [float(found.value) for found in group.get_measurements()] == [87.0, 25.0, 75.0]
    (region,) = report.content.get_planar_roi_measurement_groups()
    assert region.roi is not None


def test_pneumonia_is_coded_in_snomed_ct_and_in_radlex() -> None:
    group = written(scored_case()).ContentSequence[-1].ContentSequence[0]
    (finding,) = (
        item.ConceptCodeSequence[0]
        for item in group.ContentSequence
        if item.ConceptNameCodeSequence[0].CodeMeaning == "Finding"
    )
    same = finding.EquivalentCodeSequence[0]
    assert (finding.CodeValue, finding.CodingSchemeDesignator) == ("233604007", "SCT")
    assert (same.CodeValue, same.CodingSchemeDesignator) == ("RID5350", "RADLEX")


def test_pneumonia_is_no_finding_of_a_routine_film() -> None:
    report = written(routine_case())
    assert values(report, "Finding") == []
    assert values(report, "Probability") == [10.0]
    assert values(report, "CAD Processing and Findings Summary") == ["111241"]
    assert values(report, "Image Region") == []


def test_a_refused_film_has_its_reasons_and_no_number() -> None:
    report = written(refused_case())

    assert f"{REASON.code}: {REASON.sentence}" in values(report, "Comment")
    assert values(report, "Flag for the order of reading") == ["REFUSED"]
    assert values(report, "CAD Processing and Findings Summary") == ["111245"]
    assert values(report, "Finding") == []
    assert not [name for name, value in items(report) if isinstance(value, float)]


def test_the_reader_is_reported_beside_the_device_with_name_finding_and_note() -> None:
    report = written(read_case(reader="Müller^x=y"))

    assert values(report, "Person Observer Name") == ["Müller x y^"]
    assert values(report, "Observer Type") == ["121007", "121006"]
    assert "Rechts unten; справа, 肺炎." in values(report, "Comment")
    assert values(report, "Reader agrees with the flag") == ["373066001"]
    assert values(report, "Pneumonia") == ["52101004"]


@pytest.mark.parametrize(
    ("location", "sites", "sides"),
    [
        (Location(Side.RIGHT, Zone.LOWER), ["281394001"], ["24028007"]),
        (Location(Side.BOTH), ["39607008"], ["51440002"]),
        (Location(zone=Zone.UPPER), ["281392002"], []),
        (NOT_STATED, [], []),
    ],
)
def test_side_and_zone_that_the_reader_stated_are_the_site_of_the_finding(
    location: Location, sites: list[str], sides: list[str]
) -> None:
    report = written(read_case(report=Report(Finding.PNEUMONIA, NOW, location=location)))
    of_probability, *of_reader = values(report, "Finding Site")
    assert (of_probability, of_reader, values(report, "Laterality")) == ("39607008", sites, sides)


@pytest.mark.parametrize(
    ("finding", "seen"),
    [
        (Finding.NO_PNEUMONIA, "272519000"),
        (Finding.OTHER, "OTHER"),
        (Finding.CANNOT_JUDGE, "373068000"),
    ],
)
def test_a_reader_who_sees_no_pneumonia_reports_no_finding_of_pneumonia(finding: Finding, seen: str) -> None:
    report = written(read_case(finding, flag=routine_case().flag, heat=None))
    assert values(report, "Pneumonia") == [seen]
    assert "233604007" not in values(report, "Finding")


def test_a_report_refers_to_the_film_and_belongs_to_its_study_and_patient() -> None:
    report = written(scored_case())
    film = dcmread(io.BytesIO(dicom_film()))
    for name in ("StudyInstanceUID", "PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
        assert report[name].value == film[name].value
    for name in ("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName"):
        assert report[name].value == film[name].value
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert evidence.SeriesInstanceUID == UIDS["SeriesInstanceUID"] != report.SeriesInstanceUID
    assert evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == UIDS["SOPInstanceUID"]


def test_a_report_names_nobody_where_the_film_names_nobody() -> None:
    nobody = dict.fromkeys(("PatientName", "PatientID", "ReferringPhysicianName"))
    text = str(structured_report(scored_case(), identity(**nobody)))
    assert "ROSSI" not in text and "MRN-4711" not in text and "BIANCHI" not in text
    assert written(scored_case(), **nobody).PatientName == ""


def test_the_same_result_is_the_same_object() -> None:
    first, again = (structured_report(scored_case(), identity()) for _ in range(2))
    assert first == again
    assert first.SOPInstanceUID == again.SOPInstanceUID


def test_another_result_is_another_object_in_the_same_series() -> None:
    case = scored_case()
    others = [
        read_case(),
        replace(case, probability=0.9),
        replace(case, reasons=(REASON,)),
        replace(case, sha256="0" * 64),
    ]
    reports = [structured_report(other, identity()) for other in (case, *others)]
    reports.append(structured_report(case, identity(PatientName="ROSSI^ANNA")))
    assert len({report.SOPInstanceUID for report in reports}) == len(reports)
    assert len({report.SeriesInstanceUID for report in reports}) == 1
    newer = structured_report(replace(case, bundle_version="made-2"), identity())
    assert newer.SeriesInstanceUID != reports[0].SeriesInstanceUID


def test_a_report_is_dated_by_when_its_result_was_reached() -> None:
    assert written(scored_case()).ContentTime == "090500"
    assert written(read_case()).ContentTime == "100000"
    assert written(scored_case()).InstanceCreationTime == "090500"


def test_a_film_not_scored_yet_has_no_report() -> None:
    with pytest.raises(ValueError, match="Case 12 is not scored yet"):
        structured_report(waiting_case(), identity())


def test_the_report_names_the_prevalence_that_its_probability_assumes() -> None:
    report = structured_report(scored_case(), identity_of(dicom_film()), prevalence=0.2)
    assert "Calibrated for a site where 20 % of films show pneumonia" in values(
        report, "Algorithm Parameters"
    )


def sent(*reports: Dataset) -> list[SentReport]:
    """What the audit trail holds of reports that were sent, the latest first."""
    return [
        SentReport(one.SOPInstanceUID, one.SeriesInstanceUID, VERSION, one.SOPClassUID)
        for one in reversed(reports)
    ]


def predecessor(report: Dataset) -> str:
    (study,) = report.PredecessorDocumentsSequence
    assert study.StudyInstanceUID == UIDS["StudyInstanceUID"]
    (series,) = study.ReferencedSeriesSequence
    (instance,) = series.ReferencedSOPSequence
    uid: str = instance.ReferencedSOPInstanceUID
    return uid


def test_a_report_refers_to_the_one_that_it_replaces_and_stays_the_same_when_sent_again() -> None:
    first = structured_report(scored_case(), identity())
    second = structured_report(read_case(), identity(), sent=sent(first))
    third = structured_report(read_case(), identity(PatientName="ROSSI^ANNA"), sent=sent(first, second))

    assert "PredecessorDocumentsSequence" not in first
    assert predecessor(second) == first.SOPInstanceUID
    assert predecessor(third) == second.SOPInstanceUID
    assert structured_report(read_case(), identity(), sent=sent(first, second)) == second
    assert structured_report(scored_case(), identity(), sent=sent(first)) == first


def test_the_content_is_the_same_in_either_sop_class() -> None:
    older = structured_report(read_case(), identity(), sop_class=ComprehensiveSRStorage)
    newer = structured_report(read_case(), identity())

    assert ComprehensiveSR.from_dataset(older).SOPClassUID == ComprehensiveSRStorage
    assert newer.SOPClassUID == newer.file_meta.MediaStorageSOPClassUID == Comprehensive3DSRStorage
    assert older.ContentSequence == newer.ContentSequence and older.SOPInstanceUID != newer.SOPInstanceUID


def test_a_comprehensive_sr_is_replaced_by_a_comprehensive_3d_sr_under_its_own_class() -> None:
    older = structured_report(scored_case(), identity(), sop_class=ComprehensiveSRStorage)
    newer = structured_report(scored_case(), identity(), sent=sent(older))

    assert predecessor(newer) == older.SOPInstanceUID
    [study] = newer.PredecessorDocumentsSequence
    [instance] = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert instance.ReferencedSOPClassUID == ComprehensiveSRStorage


def test_a_report_in_another_study_than_the_last_one_has_no_predecessor() -> None:
    first = structured_report(scored_case(), identity())
    moved = structured_report(scored_case(), identity(StudyInstanceUID="1.2.3.9"), sent=sent(first))
    assert "PredecessorDocumentsSequence" not in moved


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([0.05, 0.2, 0.5, None]),
    st.sampled_from([0.3, 0.87]),
    st.sampled_from(["", "Opacity on the right."]),
    st.sampled_from(["ROSSI^MARIA", "ROSSI^ANNA"]),
)
def test_no_two_contents_share_one_sop_instance_uid(
    prevalence: float | None, probability: float, note: str, name: str
) -> None:
    report = Report(Finding.OTHER, NOW, note=note) if note else None
    case = scored_case(probability=probability, report=report)
    made = structured_report(case, identity(PatientName=name), prevalence)
    content = made.to_json()
    assert CONTENTS.setdefault(made.SOPInstanceUID, content) == content
    assert list(CONTENTS.values()).count(content) == 1


CONTENTS: dict[str, str] = {}
