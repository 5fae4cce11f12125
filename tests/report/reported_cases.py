"""Cases and identifiers for the tests of the reports, without a worklist."""

import datetime
import hashlib
from typing import Any

import numpy as np
from film.film_files import dicom_file
from made_films import grey_level

from cxr.explain.gradcam import HeatMap
from cxr.film import Population
from cxr.film.identity import Identity, identity_of
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason
from cxr.worklist.case import Case, Finding, Report

NOW = datetime.datetime(2024, 5, 3, 10, 5, tzinfo=datetime.UTC)
READ_AT = NOW - datetime.timedelta(minutes=5)
SCORED_AT = NOW - datetime.timedelta(hours=1)
VERSION = "made-01234567"
REASON = Reason("blank", "The film is blank.")
UIDS = {
    "StudyInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.3.2",
    "SOPInstanceUID": "1.2.3.4",
}
STUDY = {
    "PatientBirthDate": "20200102",
    "PatientSex": "F",
    "StudyID": "S1",
    "StudyDate": "20240503",
    "StudyTime": "093000",
    "AccessionNumber": "A1",
    "ReferringPhysicianName": "BIANCHI^ANNA",
}


def dicom_film(height: int = 240, width: int = 320, **changes: Any) -> bytes:
    """A DICOM film of a whole study; a change to `None` leaves the element out."""
    elements = UIDS | STUDY | {"SpecificCharacterSet": "ISO_IR 192"} | changes
    always = ("PatientName", "PatientID")
    stated = {name: value for name, value in elements.items() if value is not None or name in always}
    return dicom_file(grey_level(0, height, width), **stated)


def identity(**changes: Any) -> Identity:
    """Identifiers of such a film."""
    return identity_of(dicom_film(**changes))


def heat(shown: bool = True, row: int = 4, column: int = 10) -> HeatMap:
    """A map with one hot place."""
    rows, columns = np.mgrid[:14, :14]
    values = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 4).astype(np.float32)
    return HeatMap(values, 0.5, shown)


def scored_case(**changes: Any) -> Case:
    """A case flagged urgent."""
    values: dict[str, Any] = {
        "number": 12,
        "version": 3,
        "sha256": hashlib.sha256(b"film").hexdigest(),
        "name": "film.dcm",
        "stated": Population.CHILD,
        "arrived_at": SCORED_AT,
        "scored_at": SCORED_AT,
        "flag": Flag.URGENT,
        "reasons": (),
        "probability": 0.87,
        "operating_points": OperatingPoints(low=0.25, high=0.75),
        "population": Population.CHILD,
        "heat": heat(),
        "thumbnail": None,
        "bundle_version": VERSION,
    }
    return Case(**(values | changes))


def routine_case(**changes: Any) -> Case:
    return scored_case(**({"flag": Flag.ROUTINE, "probability": 0.1, "heat": heat(shown=False)} | changes))


def refused_case(**changes: Any) -> Case:
    nothing = {"probability": None, "operating_points": None, "heat": None, "population": None}
    return scored_case(**(nothing | {"flag": Flag.REFUSED, "reasons": (REASON,)} | changes))


def waiting_case(**changes: Any) -> Case:
    nothing = {"scored_at": None, "flag": None, "reasons": (), "bundle_version": None}
    return refused_case(**(nothing | changes))


def read_case(finding: Finding = Finding.PNEUMONIA, **changes: Any) -> Case:
    report = Report(finding, READ_AT, agrees=True, note="Rechts unten; справа, 肺炎.")
    return scored_case(**({"reader": "Ada", "report": report} | changes))
