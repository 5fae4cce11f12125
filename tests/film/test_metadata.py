"""A picture keeps its grey levels and loses its metadata."""

import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from film_files import PATIENT, picture_file, ramp
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.metadata import without_metadata
from cxr.film.read import decode_film

SECRET = PATIENT.encode()
FILM = Image.fromarray(ramp())
ORIENTATION, DESCRIPTION = 0x0112, 0x010E


def exif(orientation: int = 1) -> bytes:
    said = Image.Exif()
    said[DESCRIPTION], said[ORIENTATION] = PATIENT, orientation
    return said.tobytes()


def png_text() -> PngInfo:
    said = PngInfo()
    said.add_text("Patient", PATIENT)
    said.add_itxt("Patient", PATIENT, zip=False)
    return said


WITH_METADATA = {
    "PNG": picture_file(FILM, "PNG", pnginfo=png_text(), exif=exif(), icc_profile=SECRET),
    "JPEG": picture_file(FILM, "JPEG", exif=exif(), icc_profile=SECRET, comment=PATIENT, xmp=SECRET),
    "TIFF": picture_file(FILM, "TIFF", description=PATIENT),
    "WEBP": picture_file(FILM, "WEBP", lossless=True, exif=exif(), xmp=SECRET),
    "BMP": picture_file(FILM, "BMP") + SECRET,
}


@pytest.mark.parametrize("picture_format", WITH_METADATA)
def test_only_the_picture_is_kept(picture_format: str) -> None:
    data = WITH_METADATA[picture_format]
    assert SECRET in data

    clean = without_metadata(data, picture_format)

    assert b"ROSSI" not in clean
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_film_stays_upright(picture_format: str, orientation: int) -> None:
    data = picture_file(FILM, picture_format, exif=exif(orientation))

    clean = without_metadata(data, picture_format)

    assert SECRET not in clean
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG"])
def test_trailing_bytes_are_removed(picture_format: str) -> None:
    assert SECRET not in without_metadata(WITH_METADATA[picture_format] + SECRET, picture_format)


def test_a_progressive_jpeg_keeps_all_its_scans() -> None:
    data = picture_file(FILM, "JPEG", progressive=True, comment=PATIENT)

    clean = without_metadata(data, "JPEG")

    assert SECRET not in clean and len(clean) > 0.9 * len(data) - 100
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)


def test_a_sixteen_bit_tiff_stays_sixteen_bit() -> None:
    data = picture_file(Image.fromarray(ramp(top=4095, dtype=np.uint16)), "TIFF", description=PATIENT)

    clean = without_metadata(data, "TIFF")

    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)
    assert read_film(clean).pixels.dtype == np.uint16


def test_a_jpeg_with_stray_bytes_between_segments_is_encoded_again() -> None:
    data = picture_file(FILM, "JPEG", comment=PATIENT)
    tables = data.index(b"\xff\xdb")
    stray = data[:tables] + b"\x00\x00" + data[tables:]

    clean = without_metadata(stray, "JPEG")

    assert clean.startswith(b"\x89PNG") and SECRET not in clean
    np.testing.assert_array_equal(read_film(clean).pixels, read_film(data).pixels)


@pytest.mark.parametrize("picture_format", WITH_METADATA)
def test_a_picture_cut_short_stays_refused(picture_format: str) -> None:
    data = WITH_METADATA[picture_format]
    half = data[: len(data) // 2]

    with pytest.raises(Exception) as caught:
        read_film(without_metadata(half, picture_format))

    if isinstance(caught.value, FilmError):
        assert caught.value.code in (FilmErrorCode.DAMAGED, FilmErrorCode.NOT_AN_IMAGE)


def test_an_animation_stays_one() -> None:
    frames = [Image.fromarray(ramp()), Image.fromarray(ramp()[::-1].copy())]
    file = BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])

    with pytest.raises(FilmError, match="animation"):
        read_film(without_metadata(file.getvalue(), "PNG"))


def test_compressed_text_is_removed_too() -> None:
    data = picture_file(FILM, "PNG", pnginfo=png_text())
    hidden = zlib.compress(SECRET)
    chunk = b"zTXt" + b"Patient\x00\x00" + hidden
    added = len(chunk[4:]).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    data = data[:33] + added + data[33:]
    assert hidden in data

    assert hidden not in without_metadata(data, "PNG")


def test_real_films_keep_their_pixels(data_dir: Path) -> None:
    for file in sorted((data_dir / "full_size").glob("*.jpeg"))[:8]:
        data = file.read_bytes()
        np.testing.assert_array_equal(
            read_film(without_metadata(data, "JPEG")).pixels, read_film(data).pixels
        )


def test_the_first_picture_of_a_jpeg_with_previews_is_read_as_it_is_stored() -> None:
    small = Image.fromarray(255 - ramp()).resize((80, 64))
    data = picture_file(Image.fromarray(ramp()), "MPO", save_all=True, append_images=[small])

    film = read_film(data)

    assert film.pixels.shape == ramp().shape
    np.testing.assert_array_equal(read_film(without_metadata(data, "JPEG")).pixels, film.pixels)


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG"])
def test_a_film_with_damaged_metadata_is_the_same_film_before_and_after_they_are_removed(
    picture_format: str,
) -> None:
    said = Image.Exif()
    said[DESCRIPTION], said[ORIENTATION], said[0x011A] = "film", 6, 72.0
    data = picture_file(FILM, picture_format, exif=said.tobytes())
    start = data.index(b"eXIf" if picture_format == "PNG" else b"Exif\0\0")
    size = int.from_bytes(data[start - 4 : start], "big") if picture_format == "PNG" else len(said.tobytes())
    read = 0
    for place in range(start + 12, start + size):
        for value in (0, 5, 255):
            damaged = bytearray(data)
            damaged[place] = value
            if picture_format == "PNG":
                end = start + 4 + size
                damaged[end : end + 4] = zlib.crc32(damaged[start:end]).to_bytes(4, "big")
            outcomes = []
            for content in (bytes(damaged), None):
                try:
                    film = decode_film(content or without_metadata(bytes(damaged), picture_format))
                    outcomes.append(film.pixels.tobytes())
                except Exception:
                    outcomes.append(b"")
            assert outcomes[0] == outcomes[1]
            read += outcomes[0] != b""
    assert read > 150


def test_a_rotated_16_bit_film_whose_white_is_zero_is_inverted() -> None:
    stored = np.arange(200 * 300, dtype=np.uint16).reshape(200, 300)
    stored[0, 0] = 65535
    data = picture_file(Image.fromarray(stored), "TIFF", tiffinfo={262: 0, 0x0112: 6})

    np.testing.assert_array_equal(read_film(data).pixels, np.rot90(~stored, -1))


@pytest.mark.parametrize(("width", "compression"), [(200, 2), (4001, 0)])
def test_a_large_picture_is_compressed_quickly_and_another_as_ever(width: int, compression: int) -> None:
    clean = without_metadata(picture_file(Image.new("1", (width, 4000)), "BMP"), "BMP")

    # How hard the compressor tried, in the header of zlib (RFC 1950, FLEVEL).
    assert clean[clean.index(b"IDAT") + 5] >> 6 == compression
    assert Image.open(BytesIO(clean)).size == (width, 4000)
