"""DICOM structured report of a case: Measurement Report (TID 1500), as IHE AI Results asks for."""

import datetime
import re
from collections.abc import Sequence
from typing import TypeAlias

from highdicom.sr import (
    AlgorithmIdentification,
    CodeContentItem,
    Comprehensive3DSR,
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
from pydicom.uid import UID, Comprehensive3DSRStorage, ComprehensiveSRStorage

from cxr import RESEARCH_USE
from cxr.explain.place import heat_sentences
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
    SIDES,
    YES,
    ZONES,
    pneumonia,
)
from cxr.report.instance import (
    LONG_STRING,
    MANUFACTURER,
    MODEL_NAME,
    Kind,
    bundle_version,
    derived_uid,
    finished,
    header,
)
from cxr.report.original import is_known_image, original_of, studies_of
from cxr.report.outline import Outline, outline_over
from cxr.report.predecessor import SentReport, with_predecessor
from cxr.report.text import caveats
from cxr.triage.flag import ADVICE, Flag
from cxr.triage.words import POPULATION_WORDS, at_prevalence, in_percent
from cxr.worklist.case import Case, Finding, Report
from cxr.worklist.location import NOT_STATED, Location

Group: TypeAlias = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations
Sources: TypeAlias = list[SourceImageForMeasurementGroup] | None
FLAGGED = (Flag.REVIEW, Flag.URGENT)
CLASSES = {Comprehensive3DSRStorage: Comprehensive3DSR, ComprehensiveSRStorage: ComprehensiveSR}
"""SOP classes of a report. The content is the same: no coordinate is in three dimensions."""


def structured_report(
    case: Case,
    identity: Identity,
    prevalence: float | None = None,
    sent: Sequence[SentReport] = (),
    zone: datetime.tzinfo | None = None,
    outlined: bool = True,
    sop_class: UID = Comprehensive3DSRStorage,
) -> Dataset:
    """Report the screening result of a film and, if it has been read, the reader's finding.

    A refused film is reported with its reasons and without a number. Pneumonia is a finding only if the film
    is flagged; the probability always names what it is a probability of.

    Parameters
    ----------
    case
        A case that was scored or refused.
    prevalence
        Share of films with pneumonia that the probability assumes, if the case does not record it.
    sent
        Reports of this case that the PACS has, the latest first; the report refers to the one it replaces.
    zone
        Time zone of all dates; the machine's by default.
    outlined
        Whether to include the outline of the hottest region.
    sop_class
        One of `CLASSES`.

    Raises
    ------
    NoOriginalError
        If the film lacks what a report refers to.
    ValueError
        If the case is not scored yet.
    """
    if case.scored_at is None or case.flag is None:
        raise ValueError(f"Case {case.number} is not scored yet: there is nothing to report.")
    prevalence = case.prevalence or prevalence
    original = original_of(identity)
    if not (has_series := "SeriesInstanceUID" in original):
        original.SeriesInstanceUID = ""  # highdicom asks for one, to group what a report refers to
    is_known = is_known_image(identity)
    source = SourceImageForMeasurementGroup(original.SOPClassUID, original.SOPInstanceUID)
    sources = [source] if is_known else None
    groups: list[Group] = [_screening_result(case, case.flag, original, prevalence, sources)]
    if outlined and is_known and (outline := outline_over(case.heat, original, case.orientation)) is not None:
        groups.append(_region(case, outline, original))
    if case.report:
        groups.append(_reading(case, case.report, original, sources))
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
    report = CLASSES[sop_class](
        evidence=[original],
        content=content,
        is_complete=True,
        coding_schemes=CODING_SCHEMES,
        **header(Kind.REPORT, case, identity),
    )
    if not has_series:
        # A series that is not known cannot be listed; the content refers to the image all the same.
        report.pop("CurrentRequestedProcedureEvidenceSequence", None)
    return with_predecessor(finished(report, case, identity, zone), sent, studies_of(identity))


def _screening_result(
    case: Case, flag: Flag, original: Dataset, prevalence: float | None, sources: Sources
) -> MeasurementsAndQualitativeEvaluations:
    """The model's result for the whole film."""
    group = MeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "program"),
        finding_type=pneumonia() if flag in FLAGGED else None,
        algorithm_id=_algorithm(case, prevalence),
        measurements=_measurements(case),
        qualitative_evaluations=[
            QualitativeEvaluation(FLAG, FLAGS[flag]),
            QualitativeEvaluation(codes.DCM.CADProcessingAndFindingsSummary, _summary(flag)),
        ],
        source_images=sources,
    )
    if sources is None:
        _comment(group, f"The film has SOP Instance UID {original.SOPInstanceUID}.")
    _comment(group, RESEARCH_USE, ADVICE[flag], *caveats(case))
    _comment(group, *(f"{reason.code}: {reason.sentence}" for reason in case.reasons))
    if case.heat and case.heat.shown:
        _comment(group, *heat_sentences(case.heat))
    return group


def _measurements(case: Case) -> list[Measurement]:
    if case.probability is None or case.operating_points is None:
        return []
    probability = Measurement(
        codes.DCM.Probability,
        in_percent(case.probability),
        codes.UCUM.Percent,
        finding_sites=[FindingSite(codes.SCT.Lung)],
    )
    of = CodeContentItem(codes.SCT.AssociatedFinding, pneumonia(), RelationshipTypeValues.HAS_CONCEPT_MOD)
    probability[0].ContentSequence.append(of)
    points = ((LOW, case.operating_points.low), (HIGH, case.operating_points.high))
    return [
        probability,
        *(Measurement(name, in_percent(at), codes.UCUM.Percent) for name, at in points),
    ]


def _algorithm(case: Case, prevalence: float | None) -> AlgorithmIdentification:
    version = bundle_version(case)
    parameters = []
    if case.operating_points:
        parameters.append(f"Population: {POPULATION_WORDS[case.population or case.stated]}")
        if case.points_for:
            parameters.append(f"Operating points for: {case.points_for}")
    if case.operating_points and prevalence is not None:
        parameters.append(f"Calibrated for a site {at_prevalence(prevalence)}")
    if case.engine:
        parameters.append(f"Engine: {case.engine}")
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
    """The region that raised the probability most."""
    source = SourceImageForRegion(original.SOPClassUID, original.SOPInstanceUID)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "heat map"),
        referenced_region=ImageRegion("POLYLINE", outline, source),
        finding_type=HOTTEST_REGION,
        algorithm_id=_algorithm(case, None),
    )


def _reading(
    case: Case, report: Report, original: Dataset, sources: Sources
) -> MeasurementsAndQualitativeEvaluations:
    """The reader's finding, under the reader's name."""
    evaluations = [QualitativeEvaluation(pneumonia(), SEEN[report.finding])]
    if report.agrees is not None:
        evaluations.append(QualitativeEvaluation(AGREES, YES if report.agrees else NO))
    findings = {Finding.PNEUMONIA: pneumonia(), Finding.OTHER: OTHER}
    group = MeasurementsAndQualitativeEvaluations(
        _tracking(case, original, "reader"),
        finding_type=findings.get(report.finding),
        finding_sites=_sites(report.location),
        qualitative_evaluations=evaluations,
        source_images=sources,
    )
    reader = PersonObserverIdentifyingAttributes(_person_name(case.reader or ""))
    for item in reversed(ObserverContext(codes.DCM.Person, reader)):
        group[0].ContentSequence.insert(0, item)
    if report.note:
        _comment(group, report.note)
    return group


def _sites(location: Location) -> list[FindingSite]:
    """Where the reader sees pneumonia, if stated."""
    if location == NOT_STATED:
        return []
    zone, side = location.zone, location.side
    return [FindingSite(ZONES[zone] if zone else codes.SCT.Lung, SIDES[side] if side else None)]


def _tracking(case: Case, original: Dataset, what: str) -> TrackingIdentifier:
    uid = derived_uid("tracking", what, original.SOPInstanceUID, case.sha256, bundle_version(case))
    return TrackingIdentifier(uid=uid, identifier=f"Case {case.number}: {what}")


def _comment(group: MeasurementsAndQualitativeEvaluations, *texts: str) -> None:
    for text in texts:
        item = TextContentItem(codes.DCM.Comment, text, RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(item)


def _person_name(who: str) -> str:
    """A reader's name as a Person Name (PN); characters that would separate its parts become spaces."""
    plain = re.sub(r"[\^=\\]", " ", printable(who))
    return f"{plain[:LONG_STRING].strip() or 'unknown'}^"
