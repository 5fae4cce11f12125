"""Films are decoded in child processes, and one bad film costs that film alone."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp
from made_films import grey_level, png
from PIL import Image
from waiting import PATIENCE, running, until

from cxr.film import Adjusted, FilmError, FilmErrorCode, Population, read_film
from cxr.film.decoding_pool import POOL, Attempt, DecodingFailedError, DecodingStopped
from cxr.film.read import decode_film
from cxr.film.sandbox import stop_decoding

DEADLY, ENDLESS, HUGE = 300, 301, 302
REPOSITORY = Path(__file__).resolve().parents[2]
READ_ENDLESSLY = """
import sys
from cxr.film.decoding_pool import POOL, Limits
from cxr.film.sandbox import limit_decoding, read_film

limit_decoding(Limits(seconds=600))
with POOL._child() as child:
    print(child.process.pid, flush=True)
read_film(sys.stdin.buffer.read())
"""


def bad(width: int) -> bytes:
    """A film of the width at which the decoder fails."""
    return picture_file(Image.fromarray(grey_level(0, width=width)), "PNG")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_film_from_a_child_is_the_film_that_was_decoded(tmp_path: Path) -> None:
    content = dicom_file(
        ramp(top=4095, dtype=np.uint16), PatientAge="004Y", PatientSex="F", ViewPosition="AP", BitsStored=12,
        HighBit=11,
    )  # fmt: skip
    path = tmp_path / "film.dcm"
    path.write_bytes(content)
    for source in (content, path, Adjusted(path, inverted=True)):
        film, expected = read_film(source), decode_film(source)
        np.testing.assert_array_equal(film.pixels, expected.pixels)
        assert film.pixels.dtype == expected.pixels.dtype and not film.pixels.flags.writeable
        for name in ("sha256", "population", "age_years", "sex", "view", "burned_in", "inverted_by_reader"):
            assert getattr(film, name) == getattr(expected, name)
    assert film.population is Population.CHILD and film.inverted_by_reader


@pytest.mark.usefixtures("bad_decoder")
@pytest.mark.parametrize(
    ("width", "sentence"),
    [(DEADLY, "The program failed"), (ENDLESS, "within 4 seconds"), (HUGE, "more than 400 MB")],
)
def test_a_film_that_ends_its_child_fails_and_the_next_is_read(width: int, sentence: str) -> None:
    with pytest.raises(DecodingFailedError, match=sentence) as failure:
        read_film(bad(width))

    assert failure.value.code is FilmErrorCode.FAILED
    assert read_film(png(0)).pixels.shape == (224, 224)


@pytest.mark.usefixtures("bad_decoder")
def test_an_attempt_alone_is_not_repeated() -> None:
    with pytest.raises(DecodingFailedError, match="within 1 seconds"):
        read_film(bad(ENDLESS), attempt=Attempt.FIRST)


@pytest.mark.usefixtures("bad_decoder")
def test_a_child_that_somebody_ended_costs_no_film_an_attempt() -> None:
    read_film(png(0))
    for child in POOL._idle:
        child.process.kill()
        child.process.wait(PATIENCE)

    assert read_film(png(1), attempt=Attempt.FIRST).pixels.shape == (224, 224)


@pytest.mark.usefixtures("bad_decoder")
def test_a_stop_gives_up_what_is_being_decoded() -> None:
    found: list[BaseException] = []

    def read() -> None:
        try:
            read_film(bad(ENDLESS))
        except BaseException as error:
            found.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    stop_decoding()
    reading.join(PATIENCE)

    assert [type(error) for error in found] == [DecodingStopped]
    with pytest.raises(DecodingStopped):
        read_film(png(0))


def test_what_a_child_refuses_is_refused_with_its_code_and_not_tried_again() -> None:
    with pytest.raises(FilmError) as refusal:
        read_film(b"\x80 neither a picture nor DICOM nor text \x00")

    assert refusal.value.code is FilmErrorCode.NOT_AN_IMAGE
    assert not isinstance(refusal.value, DecodingFailedError)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels end a child at its next request")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_parent_also_while_it_decodes(how: signal.Signals) -> None:
    path = os.pathsep.join([str(REPOSITORY), str(Path(__file__).parent / "bad_decoder")])
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", READ_ENDLESSLY]
    with running(*command, env=os.environ | {"PYTHONPATH": path}, **pipes) as parent:
        assert parent.stdout and parent.stdin
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.stdin.write(bad(ENDLESS))
        parent.stdin.close()
        parent.send_signal(how)
        assert parent.wait(PATIENCE) == -how

    until(lambda: not is_running(child), "the end of the child")
