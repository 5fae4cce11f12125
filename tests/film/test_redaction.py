"""Corners are redacted permanently, as displayed, and nothing else changes."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp
from PIL import Image
from pydicom import dcmread

from cxr.film import Adjusted, FilmError, read_film
from cxr.film.redaction import Corner, redact_corners, redacted

FILM = ramp()[::-1, ::-1] // 2 + 100
TWELVE_BITS = ramp(top=4095, dtype=np.uint16)
CORNERS = {
    Corner.TOP_LEFT: (slice(0, 16), slice(0, 50)),
    Corner.TOP_RIGHT: (slice(0, 16), slice(150, 200)),
    Corner.BOTTOM_LEFT: (slice(144, 160), slice(0, 50)),
    Corner.BOTTOM_RIGHT: (slice(144, 160), slice(150, 200)),
}


@pytest.mark.parametrize("corner", Corner)
def test_a_corner_of_a_picture_is_redacted_and_the_rest_stays(corner: Corner) -> None:
    clean = read_film(redacted(picture_file(Image.fromarray(FILM), "PNG"), [corner], 0.25, 0.1))

    expected = FILM.copy()
    expected[CORNERS[corner]] = 0
    np.testing.assert_array_equal(clean.pixels, expected)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_corner_of_a_dicom_is_black_as_displayed(photometric: str, inverted: bool) -> None:
    content = dicom_file(TWELVE_BITS, PhotometricInterpretation=photometric, BurnedInAnnotation="YES")

    clean = redacted(content, [Corner.TOP_LEFT], 0.25, 0.1, inverted=inverted)

    before, after = (
        read_film(Adjusted(data, inverted=True) if inverted else data).pixels for data in (content, clean)
    )
    assert after[:16, :50].max() == 0
    rest = np.ones(after.shape, bool)
    rest[:16, :50] = False
    # Without a window the scale spans the film's extremes, one of which was in the corner.
    np.testing.assert_allclose(after[rest].astype(int), before[rest].astype(int), atol=100)
    header = dcmread(BytesIO(clean))
    assert header.BurnedInAnnotation == "NO"
    assert header.DeidentificationMethodCodeSequence[-1].CodeValue == "113101"


def test_a_compressed_dicom_is_redacted_too(data_dir: Path) -> None:
    content = (data_dir / "dicom" / "pydicom-data__RG1_J2KI.dcm").read_bytes()

    clean = read_film(redacted(content, list(Corner), 0.1, 0.1)).pixels

    before = read_film(content).pixels
    assert clean[:100, :100].max() <= before.min()
    np.testing.assert_array_equal(clean[300:-300], before[300:-300])


def test_a_colour_dicom_of_a_grey_film_is_redacted() -> None:
    content = dicom_file(np.repeat(FILM[..., None], 3, axis=2))

    clean = read_film(redacted(content, [Corner.BOTTOM_RIGHT], 0.25, 0.1)).pixels

    assert clean[-16:, -50:].max() <= FILM.min() and (clean[:100] == FILM[:100]).all()


def test_what_was_corrected_in_a_film_is_still_noted() -> None:
    stored = (TWELVE_BITS.astype(np.int16) - 2000) & 0xFFF  # negative values, and a header that denies them
    content = dicom_file((stored | (stored & 0x800) * 0x1E).astype(np.uint16), BitsStored=12)
    assert read_film(content).ignored == ("PixelRepresentation",)

    clean = redacted(content, [Corner.TOP_LEFT], 0.25, 0.1)

    for film in (clean, redacted(clean, [Corner.TOP_RIGHT], 0.25, 0.1)):
        assert read_film(film).ignored == ("PixelRepresentation",)


@pytest.mark.parametrize("share", [0, -0.1, 0.6, float("nan")])
def test_a_box_covers_at_most_half_of_a_side(share: Any) -> None:
    with pytest.raises(ValueError, match="A box must cover"):
        redact_corners(FILM, [Corner.TOP_LEFT], share, 0.1)


def test_a_file_that_is_not_a_film_is_refused() -> None:
    with pytest.raises(FilmError):
        redacted(b"Dear colleague", [Corner.TOP_LEFT], 0.1, 0.1)
