"""UIDs by which the worklist knows the films and the studies of de-identified files."""

import hashlib
from io import BytesIO

from pydicom import dcmread

from cxr.film.dicom_start import is_dicom

UID_LENGTH = 64


def uids_of(content: bytes) -> tuple[str | None, str | None]:
    """Read Study and SOP Instance UID of a de-identified file; None where it has none, as a picture.

    A UID that is longer than the standard allows is represented by its hash.
    """
    if not is_dicom(content):
        return None, None
    tags = ["StudyInstanceUID", "SOPInstanceUID"]
    header = dcmread(BytesIO(content), stop_before_pixels=True, specific_tags=tags)
    study, film = (str(header.get(tag) or "").strip() for tag in tags)
    return short_uid(study), short_uid(film)


def short_uid(uid: str) -> str | None:
    """Represent a UID that is longer than the standard allows by its hash; None for an empty one."""
    return hashlib.sha256(uid.encode()).hexdigest() if len(uid) > UID_LENGTH else uid or None
