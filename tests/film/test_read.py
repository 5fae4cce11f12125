import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from film_files import dicom_file, picture_file, ramp, refusal
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cxr.film import Adjusted, Film, FilmError, FilmErrorCode, Population, read_film
from cxr.film.left_out import left_out

PNG = picture_file(Image.fromarray(ramp()), "PNG")
INTACT_FILES = [
    PNG,
    picture_file(Image.fromarray(ramp(top=4095, dtype=np.uint16)), "PNG"),
    picture_file(Image.fromarray(ramp()), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"),
    picture_file(Image.fromarray(ramp()).convert("RGB"), "JPEG", progressive=True),
    picture_file(Image.fromarray(ramp()), "TIFF"),
    picture_file(Image.fromarray(ramp()), "TIFF", compression="tiff_lzw"),
    picture_file(Image.fromarray(ramp()), "BMP"),
    picture_file(Image.fromarray(ramp()), "WEBP"),
    picture_file(Image.fromarray(ramp()), "GIF"),
    dicom_file(ramp()),
    dicom_file(ramp(top=4095, dtype=np.uint16), WindowCenter=2000, WindowWidth=4000, PatientAge="012Y"),
    dicom_file(ramp(), preamble=False),
]


def film_or_refusal(data: bytes) -> Film | FilmError:
    try:
        return read_film(data)
    except FilmError as error:
        assert error.sentence.endswith(".") and error.sentence.count(". ") >= 1
        assert error.__cause__ is None
        return error


def test_path_and_text_and_bytes_give_the_same_film(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(PNG)

    films = [read_film(path), read_film(str(path)), read_film(PNG)]

    assert {film.sha256 for film in films} == {hashlib.sha256(PNG).hexdigest()}
    for film in films:
        np.testing.assert_array_equal(film.pixels, ramp())
        assert film.population is Population.UNKNOWN and film.age_years is None


@pytest.mark.parametrize("data", INTACT_FILES[:8] + INTACT_FILES[9:])
def test_the_pixels_of_a_film_are_contiguous_and_read_only(data: bytes) -> None:
    pixels = read_film(data).pixels

    assert pixels.flags.c_contiguous and not pixels.flags.writeable and pixels.dtype.isnative


@pytest.mark.parametrize("name", ["film.dcm", "film.jpg", "film", "film.txt"])
def test_the_format_does_not_depend_on_the_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PNG)

    assert read_film(tmp_path / name).pixels.shape == (160, 200)


def test_a_dicom_with_a_tiff_preamble_is_read_as_dicom() -> None:
    data = b"II*\x00" + dicom_file(ramp(), PatientAge="012Y")[4:]

    assert read_film(data).age_years == 12


def test_a_missing_file_is_refused_without_its_name(tmp_path: Path) -> None:
    error = refusal(tmp_path / "ROSSI_MARIA.png")

    assert error.code is FilmErrorCode.NOT_FOUND
    assert "ROSSI" not in str(error)


@pytest.mark.parametrize("place", ["", ".", "/", "a\0b", "x" * 5000])
def test_a_path_without_a_file_is_refused(place: str) -> None:
    assert refusal(place).code is FilmErrorCode.NOT_FOUND


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes exist on POSIX only")
def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refusal(tmp_path / "pipe").code is FilmErrorCode.NOT_FOUND


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.png").touch()

    assert refusal(tmp_path / "film.png").code is refusal(b"").code is FilmErrorCode.EMPTY_FILE


def test_a_file_over_64_mb_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(PNG)
    os.truncate(path, 80 * 1024 * 1024 + 1)

    error = refusal(path)

    assert error.code is FilmErrorCode.FILE_TOO_LARGE
    assert (
        error.sentence
        == "This file is 81 MB; files of up to 64 MB can be read. Export it again as JPEG or PNG."
    )


def test_a_file_of_64_mb_is_still_read() -> None:
    limit = 64 * 1024 * 1024

    assert read_film(PNG + bytes(limit - len(PNG))).pixels.shape == (160, 200)
    assert refusal(PNG + bytes(limit - len(PNG) + 1)).code is FilmErrorCode.FILE_TOO_LARGE


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\xff\x4f\xff\x51....", "JPEG 2000"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\xff\x0a....", "JPEG XL"),
        (b"\x01\x02\x03", "not an image"),
        (b"\x00", "not an image"),
    ],
)
def test_another_kind_of_file_is_named_and_refused(data: bytes, word: str) -> None:
    error = refusal(data)

    assert error.code is FilmErrorCode.NOT_AN_IMAGE
    assert word in error.sentence and "JPEG" in error.sentence
    assert (left_out(data) is None) == (word != "not an image")


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(INTACT_FILES),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6),
    st.floats(0, 1),
    st.booleans(),
)
def test_a_mutated_file_is_a_film_or_a_refusal(
    data: bytes, patches: list[tuple[float, bytes]], cut: float, near_the_start: bool
) -> None:
    mutated = bytearray(data)
    for place, patch in patches:
        start = int(place * (min(1200, len(data)) if near_the_start else len(data)))
        mutated[start : start + len(patch)] = patch
    if not patches:
        del mutated[int(cut * len(mutated)) :]

    film_or_refusal(bytes(mutated))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [b"", *(data[:16] for data in INTACT_FILES), bytes(128) + b"DICM", b"RIFF\xff\xff\xff\xffWEBP"]
    ),
    st.binary(max_size=2000),
)
def test_random_bytes_after_any_beginning_are_a_film_or_a_refusal(beginning: bytes, rest: bytes) -> None:
    assert isinstance(film_or_refusal(beginning + rest), FilmError)


def test_every_film_and_picture_of_the_data_is_read_or_refused(data_dir: Path) -> None:
    files = [
        path for name in ("dicom", "not_chest", "full_size") for path in (data_dir / name).rglob("*.[dj]*")
    ]
    assert len(files) > 300

    for path in files:
        film_or_refusal(path.read_bytes())


def test_every_full_size_film_is_read_with_contrast(data_dir: Path) -> None:
    paths = sorted((data_dir / "full_size").glob("*.jpeg"))
    assert len(paths) == 32

    for path in paths:
        film = read_film(path)
        assert film.pixels.dtype == np.uint8 and min(film.pixels.shape) >= 128
        assert np.ptp(film.pixels) > 150, path.name


def test_colour_photographs_of_the_data_are_refused_as_coloured(data_dir: Path) -> None:
    results = [
        film_or_refusal(path.read_bytes()) for path in (data_dir / "not_chest" / "photograph").glob("*.jpg")
    ]

    coloured = [isinstance(result, FilmError) and result.code is FilmErrorCode.COLOUR for result in results]
    assert np.mean(coloured) > 0.9


def test_a_real_film_without_preamble_equals_its_copy_with_one(data_dir: Path) -> None:
    names = ["fo-dicom__CR-MONO1-10-chest.dcm", "dwv__gdcm-CR-MONO1-10-chest.dcm"]

    bare, whole = (read_film(data_dir / "dicom" / name).pixels for name in names)

    np.testing.assert_array_equal(bare, whole)
    assert (
        whole[200, 20:60].mean() < whole[200, 200:240].mean()
    )  # air beside the chest is darker than the spine


def test_an_inverted_film_is_corrected_from_a_path_and_from_bytes(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(PNG)

    for source in (path, PNG):
        film = read_film(Adjusted(source, inverted=True))

        np.testing.assert_array_equal(film.pixels, 255 - ramp())
        assert film.inverted_by_reader and film.sha256 == read_film(PNG).sha256


def test_an_inverted_film_that_cannot_be_read_is_refused_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(FilmError) as caught:
        read_film(Adjusted(tmp_path / "nowhere.png", inverted=True))

    assert caught.value.code is FilmErrorCode.NOT_FOUND
