"""Earlier reports of a case: a report that replaces one in the PACS refers to it as its predecessor."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import UID

from cxr.report.instance import Kind, named_by_content, series_uid


@dataclass(frozen=True, slots=True)
class SentReport:
    """A structured report that the PACS has taken: its UIDs, its SOP class, and the bundle that made it."""

    instance: str
    series: str
    bundle: str
    sop_class: UID


def with_predecessor(report: Dataset, sent: Sequence[SentReport], studies: Sequence[str]) -> Dataset:
    """Refer a report to the one that it replaces, and name it after its content again.

    A report that is the latest one in the PACS already keeps the predecessor that it had, and so remains the
    same object.

    Parameters
    ----------
    sent
        Reports of the case that the PACS has, the latest first.
    studies
        Studies that the film is in and was in before.
    """
    known = [(one, study) for one in sent if (study := _study_of(one, studies))]
    before = known[1] if len(known) > 1 else None
    if known and _refer(report, before).SOPInstanceUID == known[0][0].instance:
        return report
    return _refer(report, known[0] if known else None)


def _study_of(one: SentReport, studies: Sequence[str]) -> str | None:
    """Find the study that a report was sent into: the series, which is recorded, is derived from it."""
    return next((uid for uid in studies if one.series == series_uid(Kind.REPORT, uid, one.bundle)), None)


def _refer(report: Dataset, replaced: tuple[SentReport, str] | None) -> Dataset:
    report.pop("PredecessorDocumentsSequence", None)
    if replaced:
        predecessor, uid = replaced
        instance, series, study = Dataset(), Dataset(), Dataset()
        instance.ReferencedSOPClassUID = predecessor.sop_class
        instance.ReferencedSOPInstanceUID = predecessor.instance
        series.SeriesInstanceUID, series.ReferencedSOPSequence = predecessor.series, [instance]
        study.StudyInstanceUID, study.ReferencedSeriesSequence = uid, [series]
        report.PredecessorDocumentsSequence = [study]
    return named_by_content(report)
