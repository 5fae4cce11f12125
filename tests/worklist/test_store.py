import io
from pathlib import Path

import numpy as np
import pytest
from film.film_files import picture_file
from made_cases import ADA, CHILD, WORKER, hand_in, now, scored
from made_films import grey_level, png
from PIL import Image

from cxr.film import Adjusted, read_film
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.case import Case, State
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist


def screened(worklist: Worklist, screener: Screener, case: Case) -> Case:
    """A case whose film was read and scored as it lies on the worklist."""
    (outcome,) = screener.screen([(worklist.film_source(case), case.stated)])
    assert outcome.film
    file = io.BytesIO()
    Image.fromarray(outcome.film.pixels).save(file, "PNG")
    worklist.scoring.claim(WORKER, 10)
    worklist.scoring.record(WORKER, [Scored(case, outcome.result, file.getvalue())])
    return now(worklist, case.number)


def levels(picture: bytes | None) -> np.ndarray:
    assert picture
    return np.asarray(Image.open(io.BytesIO(picture))).astype(int)


def test_cases_and_films_survive_reopening_the_worklist(url: str, tmp_path: Path) -> None:
    case = scored(Worklist(url, tmp_path / "films"))

    reopened = Worklist(url, tmp_path / "films")

    again = now(reopened, case.number)
    assert (again.flag, again.probability, again.state) == (Flag.URGENT, 0.9, State.SCORED)
    assert reopened.film_path(again).read_bytes() == png(0)


def test_a_film_is_read_as_it_came_until_a_person_turns_it_round(worklist: Worklist) -> None:
    case = hand_in(worklist)
    assert worklist.film_source(case) == worklist.film_path(case)

    inverted = worklist.desk.invert(case, ADA)

    assert worklist.film_source(inverted) == Adjusted(worklist.film_path(case), inverted=True)
    back = worklist.desk.invert(inverted, ADA, inverted=False)
    assert worklist.film_source(back) == worklist.film_path(case)


def test_a_turned_film_is_scored_and_shown_turned(worklist: Worklist, small_screener: Screener) -> None:
    case, beside = hand_in(worklist, 0), hand_in(worklist, 1)
    as_it_came = screened(worklist, small_screener, case)

    inverted = screened(worklist, small_screener, worklist.desk.invert(as_it_came, ADA))

    negative = picture_file(Image.fromarray(255 - grey_level(0)), "PNG")
    (expected,) = small_screener.screen_films([read_film(negative)], CHILD)
    assert expected.score and inverted.probability == pytest.approx(expected.score.probability, abs=1e-4)
    assert [reason.code for reason in inverted.reasons] == ["turned_round"]
    assert np.abs(255 - levels(as_it_came.thumbnail) - levels(inverted.thumbnail)).mean() < 1
    assert screened(worklist, small_screener, beside).reasons == ()


def test_a_film_that_is_turned_back_is_scored_as_it_came(
    worklist: Worklist, small_screener: Screener
) -> None:
    case = screened(worklist, small_screener, hand_in(worklist))
    inverted = screened(worklist, small_screener, worklist.desk.invert(case, ADA))

    back = worklist.desk.invert(inverted, ADA, inverted=False)
    assert back.state is State.WAITING

    again = screened(worklist, small_screener, back)
    assert again.probability == pytest.approx(case.probability, abs=1e-6)
    assert not again.inverted and again.reasons == case.reasons == ()
