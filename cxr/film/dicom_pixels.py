"""Check the size of a DICOM image, then decode its pixels from any transfer syntax."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID, JPEGLSTransferSyntaxes, RLELossless

from cxr.film.codestream import (
    codestream_of,
    picture_components,
    picture_size,
    rle_decoded_size,
    transforms_colours,
)
from cxr.film.colour import grey_of
from cxr.film.decode import stored_values
from cxr.film.dicom_file import COLOUR_SPACES, GREY, PALETTE
from cxr.film.display import Displayed, grey_levels, reduced
from cxr.film.errors import FilmError, FilmErrorCode, missing_attribute
from cxr.film.j2k_limits import check_j2k
from cxr.film.jpeg_markers import START, quick_to_open
from cxr.film.limits import check_picture_size
from cxr.film.palette import COLOURS, coloured
from cxr.film.transfer_syntax import CODESTREAMS, UNCOMPRESSED, transfer_syntax
from cxr.film.unreadable import put

PIXEL_TAGS = (
    *("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PlanarConfiguration"),
    *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelData", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *(f"{colour}PaletteColorLookupTable{part}" for colour in COLOURS for part in ("Descriptor", "Data")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in COLOURS),
)
_WHOLE_NUMBERS = (
    *("Rows", "Columns", "SamplesPerPixel", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)
CORRECTED = ("BitsStored", "PixelRepresentation")
"""Decoding corrects these in place where the pixels contradict them."""
_NEEDED = {"Rows": "Rows", "Columns": "Columns", "BitsAllocated": "Bits Allocated"}


def check_picture(header: FileDataset) -> None:
    """Refuse what the header describes as too large, too small, or not a single image of 8 or 16 bits.

    Raises
    ------
    FilmError
        Before a pixel is decoded.
    """
    frames = whole_number(header, "NumberOfFrames") or 1
    fill_in(header)
    rows, columns = int(header.Rows), int(header.Columns)
    if frames > 1:
        raise FilmError(
            FilmErrorCode.MULTIPLE_IMAGES,
            f"This DICOM file holds {frames} images; only one film per file can be read. "
            "Export the frontal film alone.",
        )
    check_picture_size(columns, rows)
    _check_bits(header)


def decoded(dataset: FileDataset, side: int | None = None) -> Displayed:
    """Decode the one image of a data set that passed `check_picture`.

    Parameters
    ----------
    side
        As in `read_film`.
    """
    if not dataset.get("PixelData"):
        raise no_image()
    assumed = fill_in(dataset)
    syntax = transfer_syntax(dataset)
    _check_transfer_syntax(syntax)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax in CODESTREAMS:
        _check_codestream(dataset)
    elif syntax == RLELossless:
        _check_rle(dataset)
    else:
        check_length(dataset)
    if dataset.get("PixelPaddingValue") is not None:
        side = None  # padding must not be averaged with its neighbours
    stated = {name: dataset[name].value for name in CORRECTED}
    displayed = _grey(stored_values(dataset, syntax, side), dataset, side)
    corrected = (name for name, value in stated.items() if dataset[name].value != value)
    return replace(displayed, ignored=(*assumed, *corrected, *displayed.ignored))


def no_image() -> FilmError:
    """Make the error for a DICOM file without an image."""
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        "This DICOM file holds no image (it may be a report or a dose record). Send the radiograph itself.",
    )


def _check_bits(header: FileDataset) -> None:
    allocated, stored = int(header.BitsAllocated), int(header.BitsStored)
    high_bit = whole_number(header, "HighBit")
    high_bit = stored - 1 if high_bit is None else high_bit
    if allocated not in (8, 16):
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM image has {allocated} bits per pixel; a radiograph has 8 or 16. "
            "Export the radiograph itself.",
        )
    grey = header.SamplesPerPixel == 1
    if not 1 <= stored <= allocated or not stored - 1 <= high_bit < (allocated if grey else stored):
        raise FilmError(
            FilmErrorCode.UNSUPPORTED_DICOM,
            f"This DICOM film stores {stored} of {allocated} bits up to bit {high_bit}, which the "
            "standard does not allow. Export it again from the PACS.",
        )


def _check_transfer_syntax(syntax: UID) -> None:
    if syntax not in (*UNCOMPRESSED, *CODESTREAMS, RLELossless):
        # Only a name that the standard defines: in a broken header this field may hold anything.
        is_known = syntax.type == "Transfer Syntax"
        raise _unreadable(syntax.name if is_known else "an unknown transfer syntax")


def _unreadable(syntax: str) -> FilmError:
    return FilmError(
        FilmErrorCode.UNSUPPORTED_DICOM,
        f"This DICOM film is stored as {syntax}: it cannot be read. Export it uncompressed "
        "(Explicit VR Little Endian).",
    )


def _check_codestream(dataset: FileDataset) -> None:
    """Refuse a codestream whose size contradicts the header: decoders believe the codestream."""
    frame = one_codestream(dataset)
    if frame.startswith(START) and (lean := quick_to_open(frame)) is not frame:
        dataset.PixelData, frame = encapsulate([lean]), lean
    else:
        check_j2k(frame)
    size = picture_size(frame)
    if size != (dataset.Rows, dataset.Columns):
        raise FilmError(
            FilmErrorCode.DAMAGED,
            f"This DICOM film has {dataset.Columns} x {dataset.Rows} pixels according to its header, and its "
            "compressed picture has another size. Export it again from the PACS.",
        )
    match_components(dataset, frame)


def one_codestream(dataset: FileDataset) -> bytes:
    """Give the codestream of a single-frame image, and leave that alone in the data set where a file was."""
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if (inner := codestream_of(frame)) is not frame:
        dataset.PixelData = encapsulate([inner])
    return inner


def match_components(dataset: FileDataset, frame: bytes) -> None:
    """Correct a header in place whose samples per pixel or colours contradict its codestream.

    Raises
    ------
    FilmError
        Where the codestream has neither one nor three components.
    """
    components = picture_components(frame)
    if components is None:
        return
    if components not in (1, 3):
        raise FilmError(
            FilmErrorCode.DAMAGED,
            f"This DICOM film has {dataset.SamplesPerPixel} samples per pixel according to its header, and "
            f"its compressed picture has {components}. Export it again from the PACS.",
        )
    # The decoders believe the codestream, and so must what is done with its pixels.
    if components != dataset.SamplesPerPixel:
        is_jpeg = frame.startswith(START) and transfer_syntax(dataset) not in JPEGLSTransferSyntaxes
        colours = "YBR_FULL_422" if is_jpeg else "RGB"
        put(dataset, "SamplesPerPixel", components)
        put(dataset, "PlanarConfiguration", 0)
        put(dataset, "PhotometricInterpretation", "MONOCHROME2" if components == 1 else colours)
    if components == 3 and transforms_colours(frame):  # which decoders reverse
        put(dataset, "PhotometricInterpretation", "YBR_RCT")


def _check_rle(dataset: FileDataset) -> None:
    """Refuse runs that decode to more than the image: the decoder would decode them all."""
    picture = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    # Each row may end with a padding byte.
    most = picture + 2 * dataset.Rows * dataset.SamplesPerPixel
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    # Runs are at most twice as long as what they decode to.
    size = most + 1 if len(frame) > 2 * most + 1024 else rle_decoded_size(frame, most)
    if size > most:
        raise _more_pixels()
    if size < picture:
        raise FilmError(FilmErrorCode.DAMAGED, "This DICOM film is cut short. Export it again from the PACS.")


def check_length(dataset: FileDataset) -> None:
    """Refuse uncompressed pixel data of far more than one image: the header states too few bytes a pixel.

    Less than half an image more is padding, as are zeros.
    """
    picture = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    surplus = len(dataset.PixelData) - picture
    if picture and surplus >= picture // 2 and len(dataset.PixelData.rstrip(b"\0")) - picture >= picture // 2:
        raise _more_pixels()


def _more_pixels() -> FilmError:
    return FilmError(
        FilmErrorCode.DAMAGED,
        "This DICOM film holds more pixels than its header states. Export it again from the PACS.",
    )


def fill_in(header: FileDataset) -> tuple[str, ...]:
    """Fill in what is missing and follows from the rest, in place; return its keywords.

    Raises
    ------
    FilmError
        Naming an attribute that is missing and cannot be inferred.
    """
    for keyword in _WHOLE_NUMBERS:
        if keyword in header and not isinstance(header[keyword].value, int):
            number = whole_number(header, keyword)
            put(header, keyword, number if number in range(1 << 16) else None)
    if header.get("SamplesPerPixel") == 0:
        put(header, "SamplesPerPixel", None)
    samples = header.get("SamplesPerPixel")
    photometric = header.get("PhotometricInterpretation")
    for keyword, name in _NEEDED.items():
        if not isinstance(header.get(keyword), int):
            raise missing_attribute(name)
    if not photometric and samples != 3:
        raise missing_attribute("Photometric Interpretation")
    high_bit = whole_number(header, "HighBit")
    inferred = {
        "SamplesPerPixel": 1 if photometric in (*GREY, PALETTE) else 3,
        "PhotometricInterpretation": "RGB",
        "BitsStored": header.BitsAllocated if high_bit is None else high_bit + 1,
        "PixelRepresentation": 0,
    }
    if samples == 3 or not (samples or photometric in (*GREY, PALETTE)):
        inferred["PlanarConfiguration"] = 0
    contradicting = {1: COLOUR_SPACES, 3: (*GREY, PALETTE)}
    if photometric in contradicting.get(samples, ()):
        header.PhotometricInterpretation = None
        inferred["PhotometricInterpretation"] = GREY[1] if samples == 1 else "RGB"
    missing = tuple(keyword for keyword in inferred if not header.get(keyword) and header.get(keyword) != 0)
    for keyword in missing:
        put(header, keyword, inferred[keyword])
    return missing


def whole_number(header: FileDataset, keyword: str) -> int | None:
    """Give an attribute as a whole number; `None` where it is missing or is none."""
    try:
        return int(header.get(keyword, ""))
    except (TypeError, ValueError, OverflowError):
        return None


def _grey(stored: npt.NDArray[np.integer], dataset: FileDataset, side: int | None) -> Displayed:
    if dataset.SamplesPerPixel == 1 and dataset.PhotometricInterpretation in GREY:
        return grey_levels(stored, dataset, side)
    if dataset.SamplesPerPixel == 1 and dataset.PhotometricInterpretation == PALETTE:
        eight_bits = coloured(stored, dataset)
    elif dataset.SamplesPerPixel == 3:
        more = max(0, dataset.BitsStored - 8)
        eight_bits = (stored >> more if more else stored).astype(np.uint8, copy=False)
    else:
        raise FilmError(
            FilmErrorCode.COLOUR,
            "This DICOM image is stored in a colour space that no radiograph uses. Export the radiograph "
            "itself.",
        )
    return Displayed(grey_of(Image.fromarray(reduced(eight_bits, side))))
