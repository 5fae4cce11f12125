"""What a peer sent: a film, one of our own results, or something else."""

from enum import StrEnum
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    RLELossless,
)
from pynetdicom import evt
from pynetdicom.dimse_primitives import C_STORE

from cxr.film.character_set_terms import with_known_character_sets
from cxr.film.dicom_header import SECONDARY_CAPTURES
from cxr.film.inflate import inflated
from cxr.film.limits import MAX_FILE_BYTES
from cxr.film.not_a_film import other_kind
from cxr.film.transfer_syntax import CODESTREAMS, UNCOMPRESSED
from cxr.film.unreadable import remove_unreadable
from cxr.report.instance import MANUFACTURER, MODEL_NAME

SOP_CLASSES = (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    # Listed with the reason why it is not scored.
    DigitalXRayImageStorageForProcessing,
    *SECONDARY_CAPTURES,
)
"""Structured reports, presentation states and the like are not offered: their senders keep them."""
UNPACKED = [*UNCOMPRESSED, DeflatedExplicitVRLittleEndian]
COMPRESSED = [RLELossless, *CODESTREAMS]
TRANSFER_SYNTAXES = [*UNPACKED, *COMPRESSED]


class Received(StrEnum):
    """What an object is."""

    FILM = "a film"
    OWN_RESULT = "one of our own results"
    TOO_LARGE = "too large"
    OTHER = "not a film"


def content_of(event: evt.Event) -> bytes:
    """Give a received film as a file, without a command element that Orthanc makes of zeros after its end."""
    content: bytes = event.encoded_dataset()
    assert isinstance(event.request, C_STORE) and event.request.DataSet
    dataset: bytes = event.request.DataSet.getvalue()
    if dataset.startswith(bytes(4)):  # (0000,0000), of 12 bytes in every transfer syntax
        return content[: -len(dataset)] + dataset[12:]
    return content


def what_is(content: bytes, sop_class: UID | None) -> Received:
    """Tell what a file is, as far as its size and its header say.

    Parameters
    ----------
    sop_class
        The SOP class under which it was sent; an image of another one is not a film.
    """
    if len(content) > MAX_FILE_BYTES:
        return Received.TOO_LARGE
    header = _header(content)
    if _is_our_own(header):
        return Received.OWN_RESULT
    if other_kind(header, has_pixels="Rows" in header):
        return Received.OTHER
    is_as_sent = sop_class is None or (header.get("SOPClassUID") or sop_class) == sop_class
    return Received.FILM if is_as_sent else Received.OTHER


def _header(content: bytes) -> FileDataset:
    """Read what decides whether an object is a film; empty where it cannot be read."""
    tags = ["SOPClassUID", "Modality", "Rows", "Manufacturer", "ManufacturerModelName"]
    try:
        file = BytesIO(with_known_character_sets(inflated(content)))
        header = dcmread(file, stop_before_pixels=True, force=True, specific_tags=tags)
        remove_unreadable(header)
        return header
    except Exception:  # the worklist lists it with the reason
        return FileDataset("", {})


def _is_our_own(header: Dataset) -> bool:
    """Whether this is our own result, forwarded by the PACS: scored, it would come round for ever."""
    return (header.get("Manufacturer"), header.get("ManufacturerModelName")) == (MANUFACTURER, MODEL_NAME)
