"""A film that ends the process which decodes it, or takes too long, is refused after two attempts."""

import datetime
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from film.film_files import dicom_file, picture_file, with_frame
from made_cases import hand_in, now
from made_films import grey_level
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit
from waiting import PATIENCE, running, until

from cxr.film import FilmErrorCode, Population
from cxr.screening import Screener
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case
from cxr.worklist.identity.identities import new_key
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.queue.worker import work
from cxr.worklist.queue.worker_thread import Worker
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
GOOD, DEADLY, ENDLESS = 224, 300, 301
REPOSITORY = Path(__file__).resolve().parents[2]
FAILED = Reason(FilmErrorCode.FAILED, "The program failed on this film.")


def film(seed: int, width: int) -> bytes:
    return picture_file(Image.fromarray(grey_level(seed, width=width)), "PNG")


def add(worklist: Worklist, seed: int, width: int) -> Case:
    """Add a film, and let its file on the disk be one of that width: many would be refused when added."""
    case = hand_in(worklist, seed)
    worklist.film_path(case).write_bytes(film(seed, width))
    return case


@pytest.mark.usefixtures("bad_decoder")
def test_a_film_that_ends_its_child_when_it_is_added_is_refused_at_once(worklist: Worklist) -> None:
    case = hand_in(worklist, content=film(0, DEADLY))

    assert case.flag is Flag.REFUSED and [reason.code for reason in case.reasons] == ["failed"]
    assert hand_in(worklist, 1).flag is None


@pytest.mark.usefixtures("bad_decoder")
def test_a_dicom_film_that_ends_its_child_keeps_its_identifiers(tmp_path: Path) -> None:
    worklist = Worklist(f"sqlite:///{tmp_path / 'list.sqlite3'}", tmp_path / "films", identity_key=new_key())
    grey = grey_level(0, width=DEADLY)
    jpeg = picture_file(Image.fromarray(np.stack([grey] * 3, axis=2)), "JPEG")
    whole = dicom_file(np.stack([grey] * 3, axis=2), PatientAge="045Y", StudyInstanceUID="1.2.3")
    without_end = with_frame(whole, jpeg[:-2], JPEGBaseline8Bit)

    case = hand_in(worklist, content=without_end, stated=Population.UNKNOWN)

    assert [reason.code for reason in case.reasons] == ["failed"] and case.population is Population.ADULT
    identity = worklist.identities.of_film(case.film_number)
    assert identity and (identity.patient_id, identity.text("StudyInstanceUID")) == ("MRN-4711", "1.2.3")
    assert case.patient


@pytest.mark.usefixtures("bad_decoder")
def test_bad_films_are_refused_after_the_others_are_scored(
    worklist: Worklist, small_screener: Screener
) -> None:
    widths = [GOOD, DEADLY, GOOD, ENDLESS, GOOD, GOOD, DEADLY, GOOD, GOOD]
    for seed, width in enumerate(widths):
        if width == GOOD:
            hand_in(worklist, seed)
        else:
            add(worklist, seed, width)

    work(worklist, small_screener, 4, threading.Event(), until_empty=True)

    outcomes = sorted(worklist.audit.lines(limit=100), key=lambda line: line.number)
    bad = {number for number, width in enumerate(widths, 1) if width != GOOD}
    assert {line.case for line in outcomes if line.action is Action.REFUSED} == bad
    assert [line.case in bad for line in outcomes if line.action in (Action.SCORED, Action.REFUSED)] == [
        *[False] * 6,
        *[True] * 3,
    ]
    assert {reason.code for number in bad for reason in now(worklist, number).reasons} == {"failed"}
    assert "within 4 seconds" in now(worklist, 4).reasons[0].sentence


@pytest.mark.usefixtures("bad_decoder")
def test_the_worker_of_the_app_refuses_a_deadly_film_and_goes_on(
    worklist: Worklist, small_screener: Screener
) -> None:
    bad, good = add(worklist, 0, DEADLY).number, hand_in(worklist, 1).number

    worker = Worker(worklist, lambda: small_screener, batch_size=2)

    assert worker.wait_until_idle(PATIENCE)
    assert now(worklist, bad).flag is Flag.REFUSED
    assert now(worklist, good).probability is not None


def test_an_attempt_is_counted_and_the_film_waits_behind_the_others(worklist: Worklist) -> None:
    first, second = (hand_in(worklist, seed) for seed in range(2))
    failed = Scored(first, error=FAILED, cost_an_attempt=True)
    worklist.scoring.claim("a", 1)

    assert worklist.scoring.record("a", [failed]) == 0
    assert now(worklist, first.number).flag is None and worklist.scoring.waiting() == 2
    assert [case.number for case in worklist.scoring.claim("b", 9)] == [second.number]
    assert worklist.scoring.claim("c", 9) == []
    (again,) = worklist.scoring.claim("c", 9, again=True)
    assert again.number == first.number

    assert worklist.scoring.record("c", [failed]) == 1
    assert now(worklist, first.number).reasons == (FAILED,)


def test_a_refused_film_that_is_added_again_gets_new_attempts(worklist: Worklist) -> None:
    case = hand_in(worklist)
    for again in (False, True):
        worklist.scoring.claim("a", 1, again=again)
        worklist.scoring.record("a", [Scored(case, error=FAILED, cost_an_attempt=True)])
    assert now(worklist, case.number).flag is Flag.REFUSED

    hand_in(worklist)

    assert [one.number for one in worklist.scoring.claim("b", 1)] == [case.number]


def test_a_stop_gives_up_a_film_that_takes_long_and_keeps_it_waiting(
    worklist: Worklist, url: str, tmp_path: Path, small_bundle: Path
) -> None:
    case = hand_in(worklist, content=film(0, ENDLESS))
    settings = {
        "CXR_DATABASE": url,
        "CXR_FILMS": str(tmp_path / "films"),
        "CXR_MODELS": str(small_bundle.parent),
        "CXR_BUNDLE": small_bundle.name,
        "CXR_ENGINE": "torch",
        "CXR_PRECISION": "float32",
        "CXR_FILM_SECONDS": "3600",
        "PYTHONPATH": str(REPOSITORY / "tests" / "film" / "bad_decoder"),
    }

    def claimed() -> bool:
        mine = worklist.scoring.claim("test", 1, numbers=[case.number])
        worklist.scoring.release("test")
        return not mine

    command = [sys.executable, "-m", "cxr", "work"]
    with running(*command, cwd=REPOSITORY, env=os.environ | settings) as process:
        until(claimed, "a worker that claims the film")
        process.terminate()
        assert process.wait(PATIENCE) == 0

    assert [one.number for one in worklist.scoring.claim("next", 1)] == [case.number]


def test_a_lease_of_a_clock_that_ran_fast_is_free(worklist: Worklist) -> None:
    case = hand_in(worklist)
    worklist.scoring.claim("ahead", 1, lease=datetime.timedelta(days=2))

    assert [one.number for one in worklist.scoring.claim("next", 1)] == [case.number]
