"""Codings that ask a decoder for millions of parts are refused by counting, before anything is decoded."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from film_files import dicom_file, ramp, refusal, with_frame
from grey_png import png_chunk
from PIL import Image
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, RLELossless
from wanting import missing

from cxr.film import palette, read_film
from cxr.film.codestream import MOST_BOXES, MOST_RUNS, rle_decoded_size
from cxr.film.element_count import MOST_LONG_TEXT_BYTES, check_elements
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.identity import identity_of
from cxr.film.j2k_limits import MOST_LAYERS, MOST_SEGMENTS, check_j2k
from cxr.film.jpeg_markers import quick_to_open
from cxr.film.png_chunks import MOST_CHUNKS
from cxr.film.raster import open_picture, read_raster

J2K = imagecodecs.jpeg2k_encode(ramp(160, 200), level=0, codecformat="j2k")
CODING, TILE = J2K.find(b"\xff\x52"), J2K.find(b"\xff\x90")
SCAN = b"\xff\xda\0\x08\x01\x01\0\1\x3f\x10\0"
SEGMENT = b"\xff\x64\0\x02"


def jpeg(side: int, scans: int, data: bytes = b"") -> bytes:
    tables = b"\xff\xd8\xff\xc2\0\x0b\x08" + struct.pack(">HH", side, side) + b"\x01\x01\x11\0"
    return tables + b"\xff\xda\0\x08\x01\x01\0\0\0\x01\0" + data + SCAN * (scans - 1) + b"\xff\xd9"


def large_j2k(place: int, value: bytes) -> bytes:
    """A codestream of 7000 x 7000 pixels in one tile, with some bytes of its header replaced."""
    stream = bytearray(J2K)
    stream[8:16] = stream[24:32] = struct.pack(">2L", 7000, 7000)
    stream[place : place + len(value)] = value
    return bytes(stream)


def in_tiles(layers: int, levels: int) -> bytes:
    """A codestream of 7000 x 7000 pixels in tiles of 100 x 100."""
    stream = bytearray(large_j2k(24, struct.pack(">2L", 100, 100)))
    stream[CODING + 6 : CODING + 8] = struct.pack(">H", layers)
    stream[CODING + 9] = levels
    return bytes(stream)


def coded_otherwise(stream: bytes) -> bytes:
    """The same codestream, whose first component is coded in precincts of 8 x 8 pixels."""
    end = CODING + 2 + int.from_bytes(stream[CODING + 2 : CODING + 4], "big")
    style = b"\0\x01" + b"\0\4\4\0\1" + b"\x33"
    return stream[:end] + b"\xff\x53" + struct.pack(">H", 2 + len(style)) + style + stream[end:]


def png(chunks: int) -> bytes:
    file = BytesIO()
    Image.fromarray(ramp(160, 200).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()[:33] + png_chunk(b"IDAT", b"") * chunks + file.getvalue()[33:]


def bmp_in_runs(width: int, height: int) -> bytes:
    header = struct.pack("<LllHHLLllLL", 40, width, height, 1, 8, 1, 0, 0, 0, 256, 0) + bytes(1024)
    return b"BM" + struct.pack("<LHHL", 0, 0, 0, 14 + len(header)) + header + b"\xff\x61" * 1000 + b"\0\1"


def rle(runs: bytes) -> bytes:
    return struct.pack("<16L", 1, 64, *[0] * 14) + runs


HOSTILE: dict[str, Callable[[], object]] = {
    "scans of a large JPEG": lambda: quick_to_open(jpeg(7000, 60)),
    "layers": lambda: check_j2k(large_j2k(CODING + 6, struct.pack(">H", MOST_LAYERS + 1))),
    "code blocks": lambda: check_j2k(large_j2k(CODING + 10, b"\0\0")),
    "packets of a component": lambda: check_j2k(
        coded_otherwise(large_j2k(CODING + 6, struct.pack(">H", MOST_LAYERS)))
    ),
    "packets of tiles": lambda: check_j2k(in_tiles(layers=100, levels=5)),
    "packets of empty tiles": lambda: check_j2k(in_tiles(layers=20, levels=32)),
    "bytes without runs": lambda: rle_decoded_size(rle(b"\x80" * (4 * MOST_RUNS + 4)), 1 << 30),
    "tiles": lambda: check_j2k(large_j2k(24, struct.pack(">2L", 8, 8))),
    "marker segments": lambda: check_j2k(J2K[:TILE] + SEGMENT * MOST_SEGMENTS + J2K[TILE:]),
    "chunks": lambda: open_picture(png(MOST_CHUNKS), "PNG"),
    "runs of a BMP": lambda: read_raster(bmp_in_runs(3000, 3000), "BMP"),
    "runs of an RLE film": lambda: rle_decoded_size(rle(b"\0a" * (MOST_RUNS + 1)), 1 << 30),
}


@pytest.mark.parametrize("parts", HOSTILE)
def test_a_coding_of_too_many_parts_is_refused(parts: str) -> None:
    with pytest.raises(FilmError) as error:
        HOSTILE[parts]()

    assert error.value.code is FilmErrorCode.TOO_COMPLEX


def jp2(codestream: bytes, *before: bytes) -> bytes:
    """A JP2 file with boxes of any content before its codestream."""
    boxes = [(b"jP  ", b"\r\n\x87\n"), *((b"free", content) for content in before), (b"jp2c", codestream)]
    return b"".join(struct.pack(">L", len(content) + 8) + kind + content for kind, content in boxes)


@pytest.mark.parametrize("before", [(), (bytes(2 << 20),), "decoy", (b"",) * 2_000])
def test_the_codestream_of_a_jp2_file_is_the_one_that_is_checked(before: tuple[bytes, ...] | str) -> None:
    grey = ramp(256, 256)
    plain = imagecodecs.jpeg2k_encode(grey, level=0, codecformat="j2k")
    in_pieces = plain[:24] + struct.pack(">LL", 1, 1) + plain[32:]  # tiles of one pixel
    larger = imagecodecs.jpeg2k_encode(ramp(512, 512), level=0, codecformat="j2k")
    boxes = (plain,) if before == "decoy" else tuple(before)

    codes = [
        refusal(with_frame(dicom_file(grey), jp2(inner, *boxes), JPEG2000Lossless)).code
        for inner in (in_pieces, larger)
    ]

    unread = len(boxes) > MOST_BOXES
    wanted = FilmErrorCode.DAMAGED if unread else FilmErrorCode.TOO_COMPLEX
    assert codes == [wanted, FilmErrorCode.DAMAGED]
    if not unread:
        film = with_frame(dicom_file(grey), jp2(plain, *boxes), JPEG2000Lossless)
        np.testing.assert_array_equal(read_film(film).pixels, grey)


def test_ordinary_codings_pass() -> None:
    usual = jpeg(7000, 15)

    assert quick_to_open(usual) is usual
    check_j2k(J2K)
    check_j2k(large_j2k(0, b""))
    check_j2k(in_tiles(layers=10, levels=5))
    check_j2k(coded_otherwise(large_j2k(0, b"")))
    assert read_raster(png(MOST_CHUNKS // 20), "PNG").shape == (160, 200)
    assert rle_decoded_size(rle(b"\x81\0" * 100), 1 << 30) == 128 * 100


def test_fill_bytes_in_a_scan_are_one() -> None:
    assert quick_to_open(jpeg(160, 2, b"\xff" * 100_000)) == jpeg(160, 2, b"\xff")


def test_bytes_without_runs_are_skipped_at_once() -> None:
    assert rle_decoded_size(rle(b"\x80" * (MOST_RUNS + 1) + b"\0a"), 1 << 30) == 1


def test_a_text_of_megabytes_is_counted_as_too_many_elements() -> None:
    film = dcmread(BytesIO(dicom_file(ramp())))
    film["StudyDescription"] = DataElement("StudyDescription", "UT", "a" * (MOST_LONG_TEXT_BYTES + 2))
    file = BytesIO()
    film.save_as(file)

    with pytest.raises(FilmError) as error:
        check_elements(file.getvalue())
    assert error.value.code is FilmErrorCode.TOO_COMPLEX


@pytest.mark.parametrize("tables", [1, 20])
def test_an_identity_keeps_lookup_tables_as_bytes_and_no_megabytes_of_them(tables: int) -> None:
    item = Dataset()
    item.LUTDescriptor = [32000, 0, 16]
    item["LUTData"] = DataElement("LUTData", "US", list(range(32000)))
    kept = identity_of(dicom_file(ramp(), VOILUTSequence=[item] * tables)).dataset

    assert ("VOILUTSequence" in kept) == (tables == 1)
    if tables == 1:
        entries = np.frombuffer(kept.VOILUTSequence[0].LUTData, "<u2")
        np.testing.assert_array_equal(entries, range(32000))


@pytest.mark.parametrize("name", ["items_deflated.dcm", "scans.jpg"])
def test_what_the_product_was_attacked_with_is_refused_by_counting(data_dir: Path, name: str) -> None:
    hostile = data_dir / "hostile" / name
    if not hostile.exists():
        missing(f"no {name}: set CXR_DATA to a folder that has hostile/{name}")

    with pytest.raises(FilmError) as refused:
        read_film(hostile)
    assert refused.value.code is FilmErrorCode.TOO_COMPLEX


TEXTS = {
    "text": png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000))),
    "many texts": png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 1_000_000)) * 80,
    "profile": png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000))),
    "unknown": png_chunk(b"abCd", bytes(1000)),
}


@pytest.mark.parametrize("chunks", TEXTS)
@pytest.mark.parametrize("behind", [False, True])
def test_a_film_as_png_is_read_whatever_texts_and_profiles_it_has(chunks: str, behind: bool) -> None:
    film = png(0)
    place = -12 if behind else 33

    read = read_film(film[:place] + TEXTS[chunks] + film[place:]).pixels

    np.testing.assert_array_equal(read, read_film(film).pixels)


def test_an_rle_film_that_is_cut_short_is_refused_by_counting() -> None:
    film = with_frame(dicom_file(ramp(160, 200)), rle(b"\x81a" * 200), RLELossless)

    assert "is cut short" in refusal(film).sentence


def test_a_palette_is_applied_in_strips_as_it_is_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = np.arange(256, dtype="<u2")[::-1] * 257
    tables = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", entries.tobytes()))
    }
    header = dcmread(BytesIO(dicom_file(ramp(), PhotometricInterpretation="PALETTE COLOR", **tables)))
    monkeypatch.setattr(palette, "STRIP_PIXELS", 1_000)

    found = palette.coloured(ramp(), header)

    np.testing.assert_array_equal(found, np.repeat(255 - ramp()[:, :, None], 3, axis=2))
