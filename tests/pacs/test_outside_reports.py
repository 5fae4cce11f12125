"""Findings of radiologists elsewhere, taken from the codes of their structured reports and nothing else."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from made_reports import (
    ATELECTASIS,
    FINDING,
    FINDINGS,
    HISTORY,
    IMPRESSION,
    PNEUMONIA,
    PNEUMONIA_RADLEX,
    as_file,
    coded,
    item,
    report,
    said,
    section,
)
from orthanc import TITLE, orthanc
from peers import LOCALHOST, ROUTER, SECONDS, US, film, listed, listening
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    ExplicitVRLittleEndian,
)
from pynetdicom import AE
from receiving import environment, worklist_of
from test_storage_scu import received, results
from typer.testing import CliRunner

from cxr.cli.main import app
from cxr.film import Population
from cxr.pacs.coded_finding import NotTaken, finding_in
from cxr.pacs.outside_reports import SOP_CLASSES, Left, OutsideReports
from cxr.settings import Settings
from cxr.worklist.case import Case, Finding
from cxr.worklist.reading.elsewhere import Outcome, Recorded
from cxr.worklist.worklist import Worklist

TABLE = Settings.model_fields["report_codes"].default
PRESENT, ABSENT = codes.SCT.Present, codes.SCT.Absent
STUDY = "1.2.3.1.0"


def verdict(*content: Dataset, **header: str | None) -> Finding | NotTaken:
    return finding_in(dcmread(BytesIO(as_file(report(STUDY, *content, **header)))), TABLE)


def group(*inner: Dataset) -> Dataset:
    return section(codes.DCM.ImagingMeasurements, section(codes.DCM.MeasurementGroup, *inner))


def test_a_coded_finding_is_taken_in_snomed_and_radlex() -> None:
    for pneumonia in (PNEUMONIA, PNEUMONIA_RADLEX):
        assert verdict(section(FINDINGS, coded(FINDING, pneumonia))) is Finding.PNEUMONIA
    assert verdict(coded(IMPRESSION, PNEUMONIA)) is Finding.PNEUMONIA
    assert verdict(section(FINDINGS, coded(PNEUMONIA, PRESENT))) is Finding.PNEUMONIA
    assert verdict(section(FINDINGS, coded(PNEUMONIA, ABSENT))) is Finding.NO_PNEUMONIA
    # As SNOMED RT wrote it.
    assert verdict(coded(PNEUMONIA, Code("G-A203", "SRT", "Present"))) is Finding.PNEUMONIA


def test_what_is_said_of_a_finding_counts_and_what_is_not_understood_leaves_it() -> None:
    absent = coded(codes.SCT.AssociatedFinding, ABSENT, by="HAS PROPERTIES")
    possible = coded(codes.SCT.AssociatedFinding, Code("371930009", "SCT", "Possible"), by="HAS PROPERTIES")
    site = coded(codes.SCT.FindingSite, codes.SCT.Lung, by="HAS CONCEPT MOD")
    words = item("TEXT", codes.DCM.Comment, by="HAS PROPERTIES", TextValue="doubtful")

    assert verdict(section(FINDINGS, coded(FINDING, PNEUMONIA, site))) is Finding.PNEUMONIA
    assert verdict(section(FINDINGS, coded(FINDING, PNEUMONIA, absent))) is Finding.NO_PNEUMONIA
    for unknown in (possible, words):
        assert verdict(section(FINDINGS, coded(FINDING, PNEUMONIA, unknown))) is NotTaken.NO_KNOWN_CODE
    assert verdict(group(coded(FINDING, PNEUMONIA), absent)) is Finding.NO_PNEUMONIA
    assert verdict(group(coded(FINDING, PNEUMONIA), possible)) is NotTaken.NO_KNOWN_CODE


def test_text_history_and_other_codes_are_never_a_finding() -> None:
    for content in (
        section(FINDINGS, said(FINDING, "Pneumonia of the right lower lobe.")),
        section(HISTORY, coded(FINDING, PNEUMONIA)),
        section(codes.DCM.IndicationsForProcedure, coded(FINDING, PNEUMONIA)),
        section(FINDINGS, section(Code("X", "99ACME", "Earlier"), coded(FINDING, PNEUMONIA))),
        section(FINDINGS, coded(FINDING, ATELECTASIS)),
        coded(codes.SCT.AssociatedFinding, PNEUMONIA),
    ):
        assert verdict(content) is NotTaken.NO_KNOWN_CODE
    both = section(FINDINGS, coded(PNEUMONIA, ABSENT), coded(FINDING, PNEUMONIA))
    assert verdict(both) is NotTaken.CONTRADICTORY


@pytest.mark.parametrize(
    "header",
    [
        {"CompletionFlag": "PARTIAL"},
        {"VerificationFlag": "UNVERIFIED"},
        {"PreliminaryFlag": "PRELIMINARY"},
        {"VerifyingObserverSequence": None},
        {"VerificationFlag": None},
    ],
)
def test_a_report_that_is_not_final_is_left(header: dict[str, str | None]) -> None:
    assert verdict(coded(FINDING, PNEUMONIA), **header) is NotTaken.NOT_COMPLETE


def test_a_site_names_its_own_codes() -> None:
    table = TABLE | {"99ACME:CLEAR": "no pneumonia", "99ACME:NEG": "absent"}
    clear = report(STUDY, coded(IMPRESSION, Code("CLEAR", "99ACME", "Clear")))
    negative = report(STUDY, coded(PNEUMONIA, Code("NEG", "99ACME", "Negative")))

    assert finding_in(clear, table) is Finding.NO_PNEUMONIA
    assert finding_in(negative, table) is Finding.NO_PNEUMONIA
    assert finding_in(clear, TABLE) is NotTaken.NO_KNOWN_CODE


def test_a_measurement_report_of_highdicom_is_read() -> None:
    from highdicom.sr import (
        Comprehensive3DSR,
        MeasurementReport,
        MeasurementsAndQualitativeEvaluations,
        ObservationContext,
        ObserverContext,
        PersonObserverIdentifyingAttributes,
        QualitativeEvaluation,
        TrackingIdentifier,
    )

    evidence = film()
    evidence.PatientBirthDate = evidence.PatientSex = evidence.StudyDate = evidence.StudyTime = ""
    evidence.StudyID = evidence.AccessionNumber = evidence.ReferringPhysicianName = ""
    person = PersonObserverIdentifyingAttributes("HOPPER^GRACE")
    content = MeasurementReport(
        ObservationContext(observer_person_context=ObserverContext(codes.DCM.Person, person)),
        procedure_reported=codes.SCT.ChestImaging,
        imaging_measurements=[
            MeasurementsAndQualitativeEvaluations(
                TrackingIdentifier("1.2.3.4", "opacity"),
                finding_type=PNEUMONIA,
                qualitative_evaluations=[QualitativeEvaluation(PNEUMONIA, PRESENT)],
            )
        ],
    )
    made = Comprehensive3DSR(
        evidence=[evidence],
        content=content,
        series_instance_uid="1.2.5",
        series_number=1,
        sop_instance_uid="1.2.6",
        instance_number=1,
        manufacturer="Reporting Ltd",
        is_complete=True,
        is_verified=True,
        is_final=True,
        verifying_observer_name="HOPPER^GRACE",
        verifying_organization="Clinic",
    )

    assert finding_in(made, TABLE) is Finding.PNEUMONIA


@contextmanager
def taking(worklist: Worklist) -> Iterator[int]:
    with listening(worklist, ROUTER, TITLE, reports=OutsideReports(worklist, TABLE)) as storage_scp:
        yield storage_scp.port


def send(port: int, *reports: Dataset) -> list[int | None]:
    entity = AE(ROUTER)
    entity.dimse_timeout = SECONDS
    for kind in SOP_CLASSES:
        entity.add_requested_context(kind, ExplicitVRLittleEndian)
    association = entity.associate(LOCALHOST, port, ae_title=US)
    try:
        return [association.send_c_store(one).get("Status") for one in reports]
    finally:
        association.release()


def case_of(worklist: Worklist, number: int) -> Case:
    found = worklist.ranked.case(number)
    assert found
    return found


def test_a_report_that_is_sent_reads_the_case_of_its_study(
    worklist: Worklist, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cases = [received(worklist, seed) for seed in (1, 2, 3)]
    kinds = (EnhancedSRStorage, ComprehensiveSRStorage, Comprehensive3DSRStorage)
    sent = [
        report(f"1.2.3.1.{seed}", coded(FINDING, PNEUMONIA), kind=kind)
        for seed, kind in zip((1, 2, 3), kinds, strict=True)
    ]
    unverified = report("1.2.3.1.1", coded(FINDING, PNEUMONIA), VerificationFlag="UNVERIFIED")
    unknown = report("1.2.3.99", coded(FINDING, PNEUMONIA))
    with taking(worklist) as port:
        assert send(port, *sent, unverified, unknown) == [0] * 5

    for case in cases:
        read = case_of(worklist, case.number)
        assert read.report and read.report.finding is Finding.PNEUMONIA
        assert read.reader == "HOPPER GRACE (elsewhere)"
    [line] = [one.getMessage() for one in caplog.records if "Reports from" in one.getMessage()]
    assert "findings taken: stored 3" in line
    assert "not complete or not verified 1" in line and "of no case on the worklist 1" in line
    assert "ROSSI" not in caplog.text and "1.2.3." not in caplog.text


def test_a_report_that_refers_to_a_study_on_the_list_is_taken_from_another_study(worklist: Worklist) -> None:
    received(worklist, 1)
    evidence = Dataset()
    evidence.StudyInstanceUID = "1.2.3.1.1"
    one = report("1.2.77", coded(FINDING, PNEUMONIA), CurrentRequestedProcedureEvidenceSequence=[evidence])
    taken = OutsideReports(worklist, TABLE).take(as_file(one), "test")

    assert isinstance(taken, Recorded) and taken.outcome is Outcome.STORED


def test_a_finding_made_here_is_never_overwritten(worklist: Worklist) -> None:
    case = received(worklist, 1)
    worklist.desk.report(worklist.desk.claim(case, "Ada"), "Ada", Finding.NO_PNEUMONIA)
    one = as_file(report("1.2.3.1.1", coded(FINDING, PNEUMONIA)))
    taken = OutsideReports(worklist, TABLE).take(one, "test")

    assert isinstance(taken, Recorded) and taken.outcome is Outcome.CONFLICT
    kept = case_of(worklist, case.number)
    assert kept.reader == "Ada" and kept.report and kept.report.finding is Finding.NO_PNEUMONIA


def test_our_own_reports_and_what_is_no_report_are_left(worklist: Worklist) -> None:
    case = received(worklist, 1)
    identity = worklist.identities.of_film(case.film_number)
    assert identity
    ours = results(case, None, identity, ()).objects[0]
    reports = OutsideReports(worklist, TABLE)

    assert reports.take(as_file(ours), "test") is Left.OWN
    for content in (
        as_file(film(2)),
        b"",
        b"\x00" * 500,
        as_file(report("1.2", coded(FINDING, PNEUMONIA)))[:400],
    ):
        assert reports.take(content, "test") in (Left.NOT_READABLE, NotTaken.NOT_COMPLETE)


def test_a_report_of_ten_thousands_of_items_is_left(worklist: Worklist) -> None:
    received(worklist, 1)
    taken = [as_file(report("1.2.3.1.1", *[coded(FINDING, PNEUMONIA)] * number)) for number in (1, 4000)]
    reports = OutsideReports(worklist, TABLE)

    assert [type(reports.take(content, "test")) for content in taken] == [Recorded, Left]


def test_without_the_setting_no_report_is_accepted(worklist: Worklist) -> None:
    with listening(worklist) as storage_scp:
        entity = AE(ROUTER)
        entity.add_requested_context(EnhancedSRStorage)
        association = entity.associate(LOCALHOST, storage_scp.port, ae_title=US)
        assert not association.accepted_contexts


def test_reports_come_out_of_orthanc_and_out_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    worklist = worklist_of(tmp_path)
    for seed in (1, 2):
        file = BytesIO()
        film(seed).save_as(file)
        worklist.intake.accept("film", file.getvalue(), Population.CHILD, "pacs")
    with orthanc(tmp_path / "orthanc") as pacs, taking(worklist) as port:
        pacs.start(port)
        pacs.send([pacs.keep(as_file(report("1.2.3.1.1", coded(FINDING, PNEUMONIA))))])
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(as_file(report("1.2.3.1.2", coded(PNEUMONIA, ABSENT))))
    (folder / "2.dcm").write_bytes(as_file(report("1.2.3.1.2", said(FINDING, "none"))))
    shown = CliRunner().invoke(app, ["findings", str(folder)])

    assert shown.exit_code == 0, shown.output
    assert shown.stdout == "findings taken: stored 1; reports left: no known code 1.\n"
    read = [case_of(worklist, number) for number in (1, 2)]
    assert [one.report and one.report.finding for one in read] == [Finding.PNEUMONIA, Finding.NO_PNEUMONIA]
    assert listed(worklist) == []
