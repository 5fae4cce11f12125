"""All DICOM objects that go back to the PACS for a case."""

import datetime

from pydicom.dataset import Dataset

from cxr.film import Film
from cxr.film.identity import Identity
from cxr.report.presentation_state import presentation_state
from cxr.report.secondary_capture import overlay_capture
from cxr.report.structured_report import structured_report
from cxr.worklist.case import Case


def dicom_results(
    case: Case,
    film: Film | None,
    identity: Identity,
    now: datetime.datetime,
    prevalence: float | None = None,
) -> list[Dataset]:
    """Make the structured report, the overlay where there is a film to draw, the contour where there is heat.

    Raises
    ------
    NoOriginalError
        Where the film's file names nothing that a result could refer to.
    ValueError
        Where the case still waits for its score.
    """
    results = [structured_report(case, identity, now, prevalence)]
    if film is not None:
        results.append(overlay_capture(case, film, identity, now, prevalence))
    if contour := presentation_state(case, identity, now):
        results.append(contour)
    return results
