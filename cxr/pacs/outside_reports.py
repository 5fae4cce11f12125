"""Reports of radiologists in other systems: their finding is recorded for the case of their study."""

import datetime
import threading
from collections import Counter
from enum import StrEnum

from pydicom.dataset import Dataset
from pydicom.uid import (
    BasicTextSRStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
)
from pydicom.valuerep import DT

from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.film.dicom_file import text_of
from cxr.film.sandbox import document
from cxr.pacs.coded_finding import NotTaken, Table, finding_in
from cxr.report.instance import MANUFACTURER, MODEL_NAME
from cxr.worklist.reading.elsewhere import (
    UNNAMED,
    Outcome,
    OutsideFinding,
    Recorded,
    Reference,
    UnknownCaseError,
)
from cxr.worklist.worklist import Worklist

SOP_CLASSES = (BasicTextSRStorage, EnhancedSRStorage, ComprehensiveSRStorage, Comprehensive3DSRStorage)
MAX_REPORT_BYTES = 4 * 1024 * 1024


class Left(StrEnum):
    """Why a report is left as it is, beside what its content says."""

    OWN = "our own"
    NO_CASE = "of no case on the worklist"
    NOT_READABLE = "not readable"


class OutsideReports:
    """Takes reports, by the rules of all findings from elsewhere; what is left is counted by reason.

    Parameters
    ----------
    table
        What codes mean.

    Attributes
    ----------
    left
        Reports that were left since the last `summary`.
    """

    def __init__(self, worklist: Worklist, table: Table) -> None:
        self._worklist = worklist
        self._table = table
        self.left: Counter[str] = Counter()
        self._taken: Counter[Outcome] = Counter()
        self._lock = threading.Lock()

    def take(self, content: bytes, who: str) -> Recorded | NotTaken | Left:
        """Record the finding of a report, or say why there is none to record.

        Raises
        ------
        WorklistError
            If it could not be recorded.
        DecodingUnavailableError
            If no process can be started that reads it.
        """
        taken = self._take(content, who)
        with self._lock:
            if isinstance(taken, Recorded):
                self._taken[taken.outcome] += 1
            else:
                self.left[taken] += 1
        return taken

    def summary(self) -> str:
        """Say in one line what came since the last time; empty if nothing did."""
        with self._lock:
            counted = (("findings taken", self._taken.copy()), ("reports left", self.left.copy()))
            self._taken.clear()
            self.left.clear()
        parts = [
            f"{what}: {', '.join(f'{reason} {number}' for reason, number in some.items())}"
            for what, some in counted
            if some
        ]
        return "; ".join(parts)

    def _take(self, content: bytes, who: str) -> Recorded | NotTaken | Left:
        if len(content) > MAX_REPORT_BYTES:
            return Left.NOT_READABLE
        try:
            report = document(content)
            if (report.get("Manufacturer"), report.get("ManufacturerModelName")) == (
                MANUFACTURER,
                MODEL_NAME,
            ):
                return Left.OWN
            if report.get("SOPClassUID") not in SOP_CLASSES:
                return Left.NOT_READABLE
            finding = finding_in(report, self._table)
            if isinstance(finding, NotTaken):
                return finding
            found = OutsideFinding(finding, *_verified(report))
            studies = _studies(report)
        except DecodingUnavailableError:
            raise
        except Exception:  # pydicom fails in many ways, and its messages may hold patient data
            return Left.NOT_READABLE
        return self._record(studies, found, who)

    def _record(self, studies: list[str], found: OutsideFinding, who: str) -> Recorded | Left:
        """Record it for the report's own study, else for the only one on the list that it refers to."""
        known = [study for study in studies if self._worklist.elsewhere.knows(study)]
        own = known[:1] if studies[0] in known[:1] else known
        if len(own) != 1:
            return Left.NO_CASE
        try:
            return self._worklist.elsewhere.record(Reference(study_uid=own[0]), found, who)
        except UnknownCaseError:
            return Left.NO_CASE


def _studies(report: Dataset) -> list[str]:
    """Collect the study that a report is in, then those that it reports on."""
    evidence = report.get("CurrentRequestedProcedureEvidenceSequence") or []
    requests = report.get("ReferencedRequestSequence") or []
    uids = [text_of(one, "StudyInstanceUID") for one in (report, *evidence, *requests)]
    return list(dict.fromkeys(uid for uid in uids if uid)) or [""]


def _verified(report: Dataset) -> tuple[str, datetime.datetime | None]:
    """Say who verified a report last, and when."""
    [*_, last] = sorted(
        report.VerifyingObserverSequence, key=lambda one: text_of(one, "VerificationDateTime")
    )
    name = " ".join(text_of(last, "VerifyingObserverName").replace("^", " ").split())
    try:
        at = DT(text_of(last, "VerificationDateTime"))
        when = at.astimezone(datetime.UTC) if at else None
    except (ValueError, OverflowError, TypeError):
        when = None
    return name or UNNAMED, when
