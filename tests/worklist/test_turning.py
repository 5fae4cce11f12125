"""A film that came inverted is turned round by a person, scored, and can be turned back."""

import io
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest
from film.film_files import dicom_file, picture_file
from made_films import grey_level, made_film, png
from PIL import Image

from cxr.film import Inverted, Population, read_film
from cxr.gate.admission import Admission, Refusal, RefusalCode
from cxr.screening import Reading, Screener
from cxr.triage.flag import Flag, decide
from cxr.worklist.case import Case, State
from cxr.worklist.store import Worklist
from cxr.worklist.worker import score_waiting

CHILD = Population.CHILD


def refused_as_inverted(worklist: Worklist, seed: int = 0) -> Case:
    """A case on which the gate said that its film is inverted."""
    case = worklist.case(worklist.accept(f"{seed}.png", png(seed), CHILD).number)
    assert case
    admission = Admission((Refusal(RefusalCode.INVERTED, "The film is inverted."),))
    decision = decide(admission, None, made_film(), CHILD, CHILD)
    worklist.record(case, Reading(admission, None, None, decision, "made-01234567", 0.01), thumbnail=b"jpeg")
    return now(worklist, case)


def now(worklist: Worklist, case: Case) -> Case:
    found = worklist.case(case.number)
    assert found
    return found


def levels(jpeg: bytes | None) -> np.ndarray:
    assert jpeg
    return np.asarray(Image.open(io.BytesIO(jpeg))).astype(int)


def test_a_film_that_is_turned_waits_again_with_nothing_said_of_it(worklist: Worklist) -> None:
    case = refused_as_inverted(worklist)
    assert (case.flag, case.turned) == (Flag.REFUSED, False)

    worklist.turn_round(case.number)

    turned = now(worklist, case)
    assert (turned.state, turned.turned, turned.flag, turned.reasons) == (State.WAITING, True, None, ())
    assert turned.probability is turned.bundle_version is None
    assert turned.arrived_at == case.arrived_at
    assert worklist.film_source(turned) == Inverted(worklist.film_path(turned))


def test_the_worker_scores_it_turned_and_says_so(worklist: Worklist, small_screener: Screener) -> None:
    case = refused_as_inverted(worklist)
    other = worklist.accept("other.png", png(1), CHILD).number
    worklist.turn_round(case.number)

    assert score_waiting(worklist, small_screener, batch_size=10) == 2

    scored = now(worklist, case)
    negative = picture_file(Image.fromarray(255 - grey_level(0)), "PNG")
    (expected,) = small_screener.read([read_film(negative)], CHILD)
    assert expected.score and scored.probability == pytest.approx(expected.score.probability, abs=1e-4)
    assert [reason.code for reason in scored.reasons] == ["turned_round"]
    beside = worklist.case(other)
    assert beside and beside.reasons == ()


def test_its_thumbnail_shows_it_turned(worklist: Worklist, small_screener: Screener) -> None:
    number = worklist.accept("film.png", png(0), CHILD).number
    thumbnails = []
    for turned in (False, True):
        worklist.turn_round(number, turned)
        score_waiting(worklist, small_screener, batch_size=1)
        case = worklist.case(number)
        assert case
        thumbnails.append(levels(case.thumbnail))

    assert np.abs(255 - thumbnails[0] - thumbnails[1]).mean() < 3


def test_turning_back_scores_it_as_it_came(worklist: Worklist, small_screener: Screener) -> None:
    case = refused_as_inverted(worklist)
    worklist.turn_round(case.number)
    score_waiting(worklist, small_screener, batch_size=1)

    worklist.turn_round(case.number, turned=False)

    assert now(worklist, case).state is State.WAITING
    score_waiting(worklist, small_screener, batch_size=1)
    back = now(worklist, case)
    (expected,) = small_screener.read([read_film(png(0))], CHILD)
    assert expected.score and back.probability == pytest.approx(expected.score.probability, abs=1e-4)
    assert not back.turned and back.reasons == ()


def test_turning_twice_the_same_way_leaves_the_score(worklist: Worklist, small_screener: Screener) -> None:
    """Two clicks on a slow page are one."""
    case = refused_as_inverted(worklist)
    worklist.turn_round(case.number)
    score_waiting(worklist, small_screener, batch_size=1)

    worklist.turn_round(case.number)

    assert now(worklist, case).state is State.SCORED


def test_what_was_said_of_a_film_before_it_was_turned_is_not_written_down(worklist: Worklist) -> None:
    number = worklist.accept("film.png", png(0), CHILD).number
    taken_up = worklist.case(number)
    assert taken_up
    worklist.turn_round(number)

    decision = decide(Admission(), None, made_film(), CHILD, CHILD)
    worklist.record(taken_up, Reading(Admission(), None, None, decision, "made-01234567", 0.01), b"jpeg")

    assert now(worklist, taken_up).state is State.WAITING


def test_a_film_handed_in_again_stays_turned(worklist: Worklist) -> None:
    case = refused_as_inverted(worklist)
    worklist.turn_round(case.number)

    worklist.accept("again.png", png(0), CHILD)

    assert now(worklist, case).turned


def test_files_too_small_or_of_several_frames_stand_on_the_worklist_with_code_and_remedy(
    worklist: Worklist, small_screener: Screener
) -> None:
    tiny = picture_file(Image.fromarray(grey_level(0, 100, 100)), "PNG")
    frames = dicom_file(np.stack([grey_level(0), grey_level(1)]).reshape(2 * 224, 224), NumberOfFrames=2)
    for name, content in (("tiny.png", tiny), ("frames.dcm", frames)):
        worklist.accept(name, content, CHILD)

    score_waiting(worklist, small_screener, batch_size=2)

    reasons = {case.name: case.reasons for case in worklist.cases()}
    assert {name: [reason.code for reason in said] for name, said in reasons.items()} == {
        "tiny.png": ["too_small"],
        "frames.dcm": ["multiple_images"],
    }
    assert all("Export" in reason.sentence for said in reasons.values() for reason in said)


@pytest.fixture
def older_database(tmp_path: Path) -> str:
    """The database of a worklist from before films could be turned, with one case in it."""
    url = f"sqlite:///{tmp_path / 'older.sqlite3'}"
    Worklist(url, tmp_path / "films").accept("film.png", png(0), CHILD)
    with sqlite3.connect(tmp_path / "older.sqlite3") as database:
        database.execute("ALTER TABLE cases DROP COLUMN turned")
    return url


def test_a_database_from_before_films_could_be_turned_is_opened_with_its_cases(
    tmp_path: Path, older_database: str
) -> None:
    for _ in range(2):  # the second time nothing is missing
        (case,) = Worklist(older_database, tmp_path / "films").cases()
        assert (case.name, case.turned, case.state) == ("film.png", False, State.WAITING)


def test_an_older_database_opened_by_several_programs_at_once_is_brought_up_to_date_once(
    tmp_path: Path, older_database: str
) -> None:
    start, opened = threading.Barrier(4), []

    def open_it() -> None:
        start.wait()
        opened.append(Worklist(older_database, tmp_path / "films"))

    threads = [threading.Thread(target=open_it, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert [len(worklist.cases()) for worklist in opened] == [1] * 4
