"""What a peer sent: a film, one of our own results, or something else."""

from enum import StrEnum

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

from cxr.film.dicom_header import SECONDARY_CAPTURES
from cxr.film.limits import MAX_FILE_BYTES
from cxr.film.sandbox import object_header
from cxr.film.transfer_syntax import CODESTREAMS, UNCOMPRESSED
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
    header = object_header(content)
    # Our own result, forwarded by the PACS: scored, it would come round for ever.
    if (header.manufacturer, header.model) == (MANUFACTURER, MODEL_NAME):
        return Received.OWN_RESULT
    if header.other_kind or sop_class not in (None, header.sop_class or sop_class):
        return Received.OTHER
    return Received.FILM
