"""Earlier reports of a case: a report that replaces one in the PACS refers to it as its predecessor."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from cxr.report.instance import Kind, named_by_content, series_uid


@dataclass(frozen=True, slots=True)
class SentReport:
    """A structured report that the PACS has taken: its UIDs, and the bundle that produced it."""

    instance: str
    series: str
    bundle: str


def with_predecessor(report: Dataset, sent: Sequence[SentReport]) -> Dataset:
    """Refer a report to the one that it replaces, and name it after its content again.

    A report that is the latest one in the PACS already keeps the predecessor that it had, and so remains the
    same object.

    Parameters
    ----------
    sent
        Reports of the case that the PACS has, the latest first.
    """
    known = [one for one in sent if _is_of_study(one, report)]
    before = known[1] if len(known) > 1 else None
    if known and _refer(report, before).SOPInstanceUID == known[0].instance:
        return report
    return _refer(report, known[0] if known else None)


def _is_of_study(one: SentReport, report: Dataset) -> bool:
    """Whether a report was sent into this study, which the film may have left since."""
    return one.series == series_uid(Kind.REPORT, report.StudyInstanceUID, one.bundle)


def _refer(report: Dataset, predecessor: SentReport | None) -> Dataset:
    report.pop("PredecessorDocumentsSequence", None)
    if predecessor:
        instance, series, study = Dataset(), Dataset(), Dataset()
        instance.ReferencedSOPClassUID = report.SOPClassUID
        instance.ReferencedSOPInstanceUID = predecessor.instance
        series.SeriesInstanceUID, series.ReferencedSOPSequence = predecessor.series, [instance]
        study.StudyInstanceUID, study.ReferencedSeriesSequence = report.StudyInstanceUID, [series]
        report.PredecessorDocumentsSequence = [study]
    return named_by_content(report)
