"""All DICOM objects that are sent to the PACS for a case."""

import datetime
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import UID, Comprehensive3DSRStorage

from cxr.film import Film
from cxr.film.identity import Identity
from cxr.report.instance import Kind
from cxr.report.original import NoOriginalError, too_long
from cxr.report.predecessor import SentReport
from cxr.report.presentation_state import presentation_state
from cxr.report.secondary_capture import overlay_capture
from cxr.report.structured_report import structured_report
from cxr.worklist.case import Case

log = logging.getLogger(__name__)

WORDS = {Kind.REPORT: "report", Kind.OVERLAY: "overlay", Kind.CONTOUR: "presentation state"}


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The objects of a case, the structured report first, and why others are missing.

    `failures` has a few words without patient data for each kind that could not be made.
    """

    objects: tuple[Dataset, ...]
    failures: Mapping[Kind, str]

    @property
    def failure(self) -> str:
        """What is missing and why, for people; empty where nothing is."""
        return "; ".join(f"{WORDS[kind]}: {why}" for kind, why in self.failures.items())


def dicom_results(
    case: Case,
    film: Film | None,
    identity: Identity,
    prevalence: float | None = None,
    sent: Sequence[SentReport] = (),
    zone: datetime.tzinfo | None = None,
    kinds: Collection[Kind] = tuple(Kind),
    report_class: UID = Comprehensive3DSRStorage,
) -> Results:
    """Make the structured report, the overlay if the film can be drawn, the contour if there is a region.

    Each is made by itself: one that fails keeps none of the others back.

    Parameters
    ----------
    sent
        Reports of this case that the PACS has, the latest first.
    zone
        Time zone of all dates; the machine's by default.
    kinds
        What is made of these; the report is always among them.
    report_class
        SOP class of the report, one that the PACS accepts.

    Raises
    ------
    ValueError
        If the case is not scored yet.
    """
    if case.scored_at is None:
        raise ValueError(f"Case {case.number} is not scored yet: wait until it is.")
    for name in too_long(identity):
        log.info("Case %d: %s is longer than DICOM allows and is sent unchanged.", case.number, name)
    makers: dict[Kind, Callable[[], Dataset | None]] = {
        Kind.REPORT: lambda: _report(case, identity, prevalence, sent, zone, report_class),
        Kind.OVERLAY: lambda: overlay_capture(case, film, identity, prevalence, zone) if film else None,
        Kind.CONTOUR: lambda: presentation_state(case, identity, zone, film),
    }
    objects, failures = [], {}
    for kind, make in makers.items():
        try:
            made = make() if kind in kinds else None
        except NoOriginalError as error:
            failures[kind] = str(error)
        except Exception as error:
            # The type alone: the text of a library's exception may name the patient.
            failures[kind] = f"failed with {type(error).__name__}"
        else:
            objects += [made] if made is not None else []
    return Results(tuple(objects), failures)


def _report(
    case: Case,
    identity: Identity,
    prevalence: float | None,
    sent: Sequence[SentReport],
    zone: datetime.tzinfo | None,
    sop_class: UID,
) -> Dataset:
    """Make the report, in case of need without the region: the flag must reach the PACS."""
    try:
        return structured_report(case, identity, prevalence, sent, zone, sop_class=sop_class)
    except NoOriginalError:
        raise
    except Exception as error:
        log.warning(
            "The report of case %d is made without its region: %s.", case.number, type(error).__name__
        )
        return structured_report(case, identity, prevalence, sent, zone, outlined=False, sop_class=sop_class)
