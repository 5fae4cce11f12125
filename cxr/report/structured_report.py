"""DICOM structured report of a case: Measurement Report (TID 1500) as a Comprehensive SR."""

import datetime
import re
from typing import TypeAlias

from highdicom.sr import (
    AlgorithmIdentification,
    CodeContentItem,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from cxr import RESEARCH_USE
from cxr.film.identity import Identity
from cxr.film.printable import printable
from cxr.report.codes import (
    AGREES,
    CODING_SCHEMES,
    FLAG,
    FLAGS,
    HIGH,
    HOTTEST_REGION,
    LOW,
    NO,
    OTHER,
    SEEN,
    YES,
    pneumonia,
)
from cxr.report.instance import (
    LONG_STRING,
    MANUFACTURER,
    MODEL_NAME,
    Kind,
    bundle_version,
    dated,
    derived_uid,
    header,
)
from cxr.report.original import original_of
from cxr.report.region import Outline, hottest_outline
from cxr.report.words import where
from cxr.triage.flag import ADVICE, Flag
from cxr.worklist.case import Case, Finding, Report

Group: TypeAlias = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations
FLAGGED = (Flag.REVIEW, Flag.URGENT)


def structured_report(
    case: Case, identity: Identity, now: datetime.datetime, prevalence: float | None = None
) -> Dataset:
    """Write down what the program, and the reader if there is one, says of a film.

    A film that was refused has its reasons there and no number. Pneumonia stands as a finding only where the
    film is flagged; the probability says what it is a probability of in every case.

    Parameters
    ----------
    case
        A case that was scored or refused.
    now
        When the object is made; its time zone is the one that all times are told in.
    prevalence
        Share of films with pneumonia for which the probability holds, where it is known.

    Raises
    ------
    NoOriginalError
        Where the film's file names nothing that a report could refer to.
    ValueError
        Where the case still waits for its score.
    """
    if case.scored_at is None or case.flag is None:
        raise ValueError(f"Case {case.number} waits for its score: there is nothing to report yet.")
    original = original_of(identity)
    groups: list[Group] = [_verdict(case, case.flag, original, prevalence)]
    if (outline := hottest_outline(case.heat, original)) is not None:
        groups.append(_region(case, outline, original))
    if case.report:
        groups.append(_reading(case, case.report, original))
    device = DeviceObserverIdentifyingAttributes(
        uid=derived_uid("device", bundle_version(case)),
        name=bundle_version(case),
        manufacturer_name=MANUFACTURER,
        model_name=MODEL_NAME,
    )
    content = MeasurementReport(
        ObservationContext(observer_device_context=ObserverContext(codes.DCM.Device, device)),
        procedure_reported=codes.SCT.ChestImaging,
        imaging_measurements=groups,
    )
    report = ComprehensiveSR(
        evidence=[original],
        content=content,
        is_complete=True,
        coding_schemes=CODING_SCHEMES,
        **header(Kind.REPORT, case, identity),
    )
    return dated(report, case, now)


def _verdict(
    case: Case, flag: Flag, original: Dataset, prevalence: float | None
) -> MeasurementsAndQualitativeEvaluations:
    """What the program says of the whole film."""
    group = MeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "program"),
        finding_type=pneumonia() if flag in FLAGGED else None,
        algorithm_id=_algorithm(case, prevalence),
        measurements=_measurements(case),
        qualitative_evaluations=[
            QualitativeEvaluation(FLAG, FLAGS[flag]),
            QualitativeEvaluation(codes.DCM.CADProcessingAndFindingsSummary, _summary(flag)),
        ],
        source_images=[SourceImageForMeasurementGroup(original.SOPClassUID, original.SOPInstanceUID)],
    )
    _comment(group, RESEARCH_USE, ADVICE[flag])
    _comment(group, *(f"{reason.code}: {reason.sentence}" for reason in case.reasons))
    return group


def _measurements(case: Case) -> list[Measurement]:
    if case.probability is None or case.operating_points is None:
        return []
    probability = Measurement(
        codes.DCM.Probability,
        _percent(case.probability),
        codes.UCUM.Percent,
        finding_sites=[FindingSite(codes.SCT.Lung)],
    )
    of = CodeContentItem(codes.SCT.AssociatedFinding, pneumonia(), RelationshipTypeValues.HAS_CONCEPT_MOD)
    probability[0].ContentSequence.append(of)
    points = ((LOW, case.operating_points.low), (HIGH, case.operating_points.high))
    return [
        probability,
        *(Measurement(name, _percent(at), codes.UCUM.Percent) for name, at in points),
    ]


def _algorithm(case: Case, prevalence: float | None) -> AlgorithmIdentification:
    version = bundle_version(case)
    parameters = []
    if case.operating_points:
        parameters.append(f"Operating points for: {case.points_for or case.population}")
    if case.operating_points and prevalence is not None:
        parameters.append(f"Calibrated for a site {where(prevalence)}")
    name = version.rpartition("-")[0] or version
    return AlgorithmIdentification(name, version, parameters=parameters)


def _summary(flag: Flag) -> Code:
    summary: Code
    if flag is Flag.REFUSED:
        summary = codes.DCM.NoAlgorithmsSucceededWithoutFindings
    elif flag in FLAGGED:
        summary = codes.DCM.AllAlgorithmsSucceededWithFindings
    else:
        summary = codes.DCM.AllAlgorithmsSucceededWithoutFindings
    return summary


def _region(
    case: Case, outline: Outline, original: Dataset
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    """Where the probability comes from."""
    source = SourceImageForRegion(original.SOPClassUID, original.SOPInstanceUID)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "heat map"),
        referenced_region=ImageRegion("POLYLINE", outline, source),
        finding_type=HOTTEST_REGION,
        algorithm_id=_algorithm(case, None),
    )


def _reading(case: Case, report: Report, original: Dataset) -> MeasurementsAndQualitativeEvaluations:
    """What the reader says, under the reader's own name."""
    evaluations = [QualitativeEvaluation(pneumonia(), SEEN[report.finding])]
    if report.agrees is not None:
        evaluations.append(QualitativeEvaluation(AGREES, YES if report.agrees else NO))
    findings = {Finding.PNEUMONIA: pneumonia(), Finding.OTHER: OTHER}
    group = MeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "reader"),
        finding_type=findings.get(report.finding),
        qualitative_evaluations=evaluations,
        source_images=[SourceImageForMeasurementGroup(original.SOPClassUID, original.SOPInstanceUID)],
    )
    reader = PersonObserverIdentifyingAttributes(_person_name(case.reader or ""))
    for item in reversed(ObserverContext(codes.DCM.Person, reader)):
        group[0].ContentSequence.insert(0, item)
    if report.note:
        _comment(group, report.note)
    return group


def _tracking(case: Case, original: Dataset, what: str) -> TrackingIdentifier:
    uid = derived_uid("tracking", what, original.SOPInstanceUID, case.sha256, bundle_version(case))
    return TrackingIdentifier(uid=uid, identifier=f"Case {case.number}: {what}")


def _comment(group: MeasurementsAndQualitativeEvaluations, *texts: str) -> None:
    for text in texts:
        item = TextContentItem(codes.DCM.Comment, text, RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(item)


def _percent(probability: float) -> float:
    return round(100 * probability, 3)


def _person_name(who: str) -> str:
    """A reader's name as a Person Name (PN); the signs that would part it become blanks."""
    plain = re.sub(r"[\^=\\]", " ", printable(who))
    return f"{plain[:LONG_STRING].strip() or 'unknown'}^"
