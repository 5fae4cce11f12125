"""What hostile files may cost: processor time and memory of the child that opens them, and steps of our code.

It is processor time, which does not depend on what else the machine does, and several times what is needed.
"""

import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from film.decoding import decoding_by
from film_files import picture_file, ramp
from grey_png import png_chunk
from PIL import Image
from test_element_count import ITEM, SEQUENCE, SEQUENCE_END, SOP, UNDEFINED, dicom
from test_jpeg_markers import JPEG, SEGMENT, many_scans

from cxr.film import FilmError, read_film
from cxr.film.decoding_pool import POOL, Attempt, Limits
from cxr.film.read import decode_film

SECONDS, MEGABYTES = 1.0, 200
DEFLATED = "1.2.840.10008.1.2.1.99"


def items(count: int) -> bytes:
    return SOP + SEQUENCE + UNDEFINED + ITEM * count + SEQUENCE_END


def elements(count: int) -> bytes:
    tags = np.empty((count, 5), "<u2")
    tags[:, 0] = 0x41 + 2 * (np.arange(count) >> 15)
    tags[:, 1] = 0x1000 + (np.arange(count) & 0x7FFF)
    tags[:, 2:] = np.frombuffer(b"LO\x02\0ab", "<u2")
    return SOP + tags.tobytes()


def deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return dicom(packer.compress(body) + packer.flush(), DEFLATED)


def segments(count: int) -> bytes:
    return JPEG[:2] + SEGMENT * count + JPEG[2:]


def chunks(count: int) -> bytes:
    file = picture_file(Image.fromarray(ramp(160, 200).astype(np.uint8)), "PNG")
    return file[:33] + png_chunk(b"tEXt", b"a\0b") * count + file[33:]


def strips(count: int) -> bytes:
    """A TIFF of one row a strip, all at one place, with as many more as its directory says."""
    file = BytesIO()
    Image.fromarray(ramp(160, 200).astype(np.uint8)).save(file, "TIFF")
    data, offsets = bytearray(file.getvalue()), b"\x11\x01"
    place = data.find(offsets, struct.unpack_from("<L", data, 4)[0])
    struct.pack_into("<HLL", data, place + 2, 4, count, len(data))
    return bytes(data) + struct.pack("<L", 8) * count


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "items": lambda count: dicom(items(count)),
    "items, deflated": lambda count: deflated(items(count)),
    "elements": lambda count: dicom(elements(count)),
    "elements, deflated": lambda count: deflated(elements(count)),
    "scans": many_scans,
    "segments": lambda count: segments(max(1, count // 1000)),
    "chunks": chunks,
    "strips": strips,
}


@pytest.fixture(scope="module")
def child() -> Iterator[int]:
    """The process that decodes, which has decoded a film already."""
    with decoding_by(Limits(seconds=60, children=1)):
        read_film(JPEG)
        with POOL._child() as lent:
            pid = lent.process.pid
        yield pid


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int, kind: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("kind", "count", "more_megabytes"),
    [
        ("items, deflated", 7_000_000, 0),
        ("items", 1_000_000, 0),
        ("elements, deflated", 1_000_000, 0),
        ("elements", 4_000_000, 0),
        ("scans", 370_000, 0),
        # The film stands behind them and is read: the file itself comes three times.
        ("segments", 900_000, 3 * 59),
        ("chunks", 1_000_000, 0),
        ("strips", 1_000_000, 0),
    ],
)
def test_a_hostile_file_costs_a_second_and_two_hundred_megabytes_at_most(
    child: int, kind: str, count: int, more_megabytes: int
) -> None:
    content = HOSTILE[kind](count)
    Path(f"/proc/{child}/clear_refs").write_text("5")  # the peak is measured from here on
    before = processor_seconds(child), megabytes(child, "VmRSS")

    with suppress(FilmError):
        read_film(content, attempt=Attempt.SECOND)

    assert processor_seconds(child) - before[0] < SECONDS
    assert megabytes(child, "VmHWM") - before[1] < MEGABYTES + more_megabytes


def steps(content: bytes) -> int:
    """Count the lines of our code that run until a file is read or refused."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if "/cxr/film/" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(FilmError):
            decode_film(content)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", HOSTILE)
def test_twice_as_much_takes_at_most_twice_as_many_steps_and_no_more_than_the_limits_allow(kind: str) -> None:
    small, large, larger = (steps(HOSTILE[kind](count)) for count in (2_000, 20_000, 40_000))

    assert small > 10
    assert larger <= 2.1 * large < 2_100_000
