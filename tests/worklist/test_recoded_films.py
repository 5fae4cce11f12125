"""Films that come again in another coding, or corrected: the same film, in the right row, sent once."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from film.film_files import dicom_file
from made_cases import ADA, UNKNOWN, WORKER, now, reading, scored
from made_films import grey_level
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless, RLELossless
from test_studies import dicom, recoded, score, send

from cxr.worklist.case import Finding
from cxr.worklist.identity.identities import new_key
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

WINDOW = {"WindowCenter": "2000", "WindowWidth": "3600"}


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """SQLite alone, and identifiers are kept."""
    return Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", identity_key=new_key())


def film_of_12_bits(change: Callable[[FileDataset], object] = lambda film: None) -> bytes:
    """A film with a window, and what was done to it."""
    noise = np.random.default_rng(0).integers(0, 16, (240, 320))
    pixels = (grey_level(1, 240, 320).astype(np.uint16) * 15 + 100 + noise).astype(np.uint16)
    ids = {"StudyInstanceUID": "1.2.3.1", "SOPInstanceUID": "1.2.3.4.1", "SeriesInstanceUID": "1.2.3.2"}
    film = dcmread(BytesIO(dicom_file(pixels, BitsStored=12, **ids, **WINDOW)))
    change(film)
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)
    return file.getvalue()


def rewrite(film: FileDataset, pixels: npt.NDArray[Any], **header: object) -> None:
    film.PixelData = pixels.tobytes()
    for name, value in header.items():
        setattr(film, name, value)


def negative_without_window(film: FileDataset) -> None:
    rewrite(film, 4095 - film.pixel_array, PhotometricInterpretation="MONOCHROME1")
    del film.WindowCenter, film.WindowWidth


def shifted_to_16_bits(film: FileDataset) -> None:
    window = {"WindowCenter": "32000", "WindowWidth": "57600"}
    rewrite(film, film.pixel_array << 4, BitsStored=16, HighBit=15, **window)


def copied_to_8_bits(film: FileDataset) -> None:
    window = {"WindowCenter": "125", "WindowWidth": "225"}
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    rewrite(film, (film.pixel_array >> 4).astype(np.uint8), **bits, **window)


def compressed(film: FileDataset) -> None:
    film.compress(JPEGLSLossless, generate_instance_uid=False)


def in_runs(film: FileDataset) -> None:
    film.compress(RLELossless, generate_instance_uid=False)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (negative_without_window, True),
        (shifted_to_16_bits, True),
        (copied_to_8_bits, True),
        (compressed, False),
        (in_runs, False),
    ],
)
def test_a_film_whose_grey_levels_are_stored_in_another_way_is_no_conflict(
    worklist: Worklist, change: Callable[[FileDataset], object], again: bool
) -> None:
    send(worklist, film_of_12_bits())
    score(worklist, reading(0.9))

    sent = send(worklist, film_of_12_bits(change))

    assert (sent.number, sent.film, sent.conflict, sent.again) == (1, 1, False, again)


def cropped(film: FileDataset) -> None:
    pixels = film.pixel_array[8:-8, 8:-8]
    rewrite(film, pixels, Rows=pixels.shape[0], Columns=pixels.shape[1])


def written_on(film: FileDataset) -> None:
    pixels = film.pixel_array.copy()
    pixels[10:20, 10:60] = 4095
    rewrite(film, pixels)


@pytest.mark.parametrize("change", [cropped, written_on])
def test_a_film_that_was_cropped_or_written_on_is_a_conflict(
    worklist: Worklist, change: Callable[[FileDataset], object]
) -> None:
    send(worklist, film_of_12_bits())
    assert send(worklist, film_of_12_bits(change)).conflict


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_a_negative_that_was_inverted_here_and_is_corrected_at_the_modality_is_a_positive(
    worklist: Worklist, read: bool
) -> None:
    send(worklist, dicom(1))
    worklist.desk.invert(scored(worklist, now(worklist, 1)), ADA)
    case = scored(worklist, now(worklist, 1))
    if read:
        worklist.desk.report(worklist.desk.claim(case, ADA), ADA, Finding.OTHER)

    sent = send(worklist, dicom(1, PhotometricInterpretation="MONOCHROME1"))

    assert (sent.film, sent.again, now(worklist, 1).inverted) == (1, not read, False)
    changed = str(worklist.audit.lines(case=1)[0].details["changed"])
    assert "black and white exchanged" in changed


def test_of_two_films_with_one_uid_each_is_known_again_in_any_coding(worklist: Worklist) -> None:
    send(worklist, dicom(1))
    assert send(worklist, dicom(1, pixels=2)).film == 2

    sent = [send(worklist, content) for content in (recoded(dicom(1, pixels=2)), recoded(dicom(1)))]
    corrected = send(worklist, dicom(1, pixels=2, transfer_syntax=ImplicitVRLittleEndian, PatientSex="F"))

    assert [(one.film, one.conflict) for one in (*sent, corrected)] == [(2, False), (1, False), (2, False)]
    assert len(now(worklist, 1).films) == 2 and worklist.audit.verify().faults == ()


def test_two_patients_who_share_a_study_uid_have_one_row_each(worklist: Worklist) -> None:
    other: dict[str, Any] = {"PatientID": "4712"}
    sent = [send(worklist, dicom(film, **(other if film % 2 == 0 else {}))).number for film in range(1, 7)]
    assert sent == [1, 2, 1, 2, 1, 2]
    # And each film again: none moves.
    assert [send(worklist, recoded(dicom(film, **other))).number for film in (2, 4)] == [2, 2]
    # The second is the first after all.
    assert [send(worklist, dicom(film)).number for film in (2, 4, 6)] == [1, 1, 1]
    assert worklist.ranked.page().total == 1


@pytest.mark.parametrize("number", ["UNKNOWN", ""])
def test_a_patient_id_that_is_withdrawn_leaves_the_case_with_no_patient(
    worklist: Worklist, number: str
) -> None:
    send(worklist, dicom(1))
    send(worklist, dicom(1, PatientID=number))
    assert now(worklist, 1).patient is None
    changed = str(worklist.audit.lines(case=1)[0].details["changed"])
    assert "Patient ID: no patient" in changed


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        ({"OtherPatientIDs": "99"}, False),
        ({"PatientName": "ROSSI^EVA"}, True),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1"}, True),
    ],
    ids=["other numbers", "name", "SOP class"],
)
def test_a_result_is_sent_again_only_if_it_says_something_else(
    worklist: Worklist, change: dict[str, Any], replaced: bool
) -> None:
    worklist.intake.accept("a", dicom(1), UNKNOWN, ADA, wants_result=True)
    case = worklist.scoring.claim(WORKER, 1)
    worklist.scoring.record(WORKER, [Scored(one, reading(0.9), b"jpeg") for one in case])
    due = worklist.outbox.claim("storage SCU")
    assert due
    worklist.outbox.sent("storage SCU", due, "PACS", 3)

    worklist.intake.accept("a", dicom(1, **change), UNKNOWN, ADA, wants_result=True)

    assert (worklist.outbox.claim("storage SCU") is not None) is replaced
