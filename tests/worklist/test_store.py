import datetime
import hashlib
import sqlite3
import threading
import traceback
from pathlib import Path

import numpy as np
import pytest
from made_films import made_film, png

from cxr.explain.gradcam import HeatMap
from cxr.film import Population
from cxr.gate.admission import Admission, Refusal, RefusalCode
from cxr.model.card import OperatingPoints
from cxr.model.score import Score
from cxr.screening import Reading
from cxr.triage.flag import Flag, Reason, decide
from cxr.worklist.case import Case, State
from cxr.worklist.store import Accepted, Worklist, WorklistError

CHILD, UNKNOWN = Population.CHILD, Population.UNKNOWN
POINTS = OperatingPoints(low=0.25, high=0.75)
FILM = made_film()
CONTENT = bytes(range(256)) * 40


def reading(probability: float) -> Reading:
    values = np.random.default_rng(0).random((14, 14)).astype(np.float32)
    score = Score(probability, 0.0, CHILD, POINTS, POINTS.reached(probability))
    decision = decide(Admission(), score, FILM, CHILD, CHILD)
    return Reading(
        Admission(), score, HeatMap(values, 0.5, probability >= 0.25), decision, "made-01234567", 0.04
    )


def refused_reading() -> Reading:
    admission = Admission((Refusal(RefusalCode.BLANK, "The film is blank."),))
    decision = decide(admission, None, FILM, CHILD, CHILD)
    return Reading(admission, None, None, decision, "made-01234567", 0.01)


def accepted_case(worklist: Worklist, content: bytes = CONTENT, name: str = "film.png") -> Case:
    case = worklist.case(worklist.accept(name, content, CHILD).number)
    assert case
    return case


def finished(worklist: Worklist, said: Reading) -> Case:
    case = accepted_case(worklist)
    worklist.record(case, said, thumbnail=b"jpeg")
    again = worklist.case(case.number)
    assert again
    return again


def test_an_accepted_film_waits_for_its_score(worklist: Worklist) -> None:
    before = datetime.datetime.now(datetime.UTC)

    accepted = worklist.accept("film.png", CONTENT, CHILD)

    assert accepted == Accepted(1, "film.png", known_as=None)
    (case,) = worklist.cases()
    assert (case.number, case.name, case.stated, case.state) == (1, "film.png", CHILD, State.WAITING)
    assert case.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert case.flag is case.probability is case.heat is case.bundle_version is None and case.reasons == ()
    assert before <= case.arrived_at <= datetime.datetime.now(datetime.UTC)


def test_the_same_content_twice_is_one_case_under_its_first_name(worklist: Worklist) -> None:
    first = worklist.accept("monday.png", CONTENT, CHILD)

    second = worklist.accept("tuesday.png", CONTENT, UNKNOWN)

    assert second == Accepted(first.number, "tuesday.png", known_as="monday.png")
    assert [case.name for case in worklist.cases()] == ["monday.png"]


def test_the_same_name_with_other_content_is_another_case(worklist: Worklist) -> None:
    numbers = {worklist.accept("film.png", content, CHILD).number for content in (b"one", b"two", b"three")}

    assert len(numbers) == len(worklist.cases()) == 3


def test_a_film_is_kept_whole(worklist: Worklist) -> None:
    case = accepted_case(worklist)

    path = worklist.film_path(case)

    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # nothing partial beside it


def test_a_name_as_long_as_a_path_is_cut_and_the_film_is_kept(worklist: Worklist) -> None:
    case = accepted_case(worklist, name="x" * 1000)

    assert case.name == "x" * 255


def test_cases_survive_reopening_the_worklist(tmp_path: Path) -> None:
    url, films = f"sqlite:///{tmp_path / 'new' / 'worklist.sqlite3'}", tmp_path / "films"
    finished(Worklist(url, films), reading(0.9))

    (case,) = Worklist(url, films).cases()

    assert (case.flag, case.probability, case.state) == (Flag.URGENT, 0.9, State.SCORED)
    assert Worklist(url, films).film_path(case).read_bytes() == CONTENT


def test_cases_set_aside_are_gone_until_they_are_brought_back(worklist: Worklist) -> None:
    numbers = [worklist.accept(f"{i}.png", bytes([i]), CHILD).number for i in range(3)]

    worklist.set_aside(numbers[:2])

    assert [case.number for case in worklist.cases()] == numbers[2:]
    assert [case.number for case in worklist.waiting(10)] == numbers[2:]
    assert worklist.case(numbers[0]) is None
    assert worklist.counts() == {State.WAITING: 1, State.SCORED: 0}

    worklist.bring_back(numbers[:2])

    assert [case.number for case in worklist.cases()] == numbers


def test_a_film_that_was_set_aside_comes_back_when_it_is_handed_in_again(worklist: Worklist) -> None:
    case = accepted_case(worklist)
    worklist.set_aside([case.number])

    again = worklist.accept("again.png", CONTENT, CHILD)

    assert again.number == case.number
    assert [case.name for case in worklist.cases()] == ["film.png"]


def test_what_waits_comes_in_order_of_arrival_and_no_more_than_asked_for(worklist: Worklist) -> None:
    numbers = [worklist.accept(f"{i}.png", bytes([i]), CHILD).number for i in range(5)]

    assert [case.number for case in worklist.waiting(3)] == numbers[:3]


def test_a_case_that_is_not_there_is_nothing(worklist: Worklist) -> None:
    assert worklist.case(4711) is None


def test_all_that_was_said_of_a_film_is_written_down(worklist: Worklist) -> None:
    said = reading(0.5)

    case = finished(worklist, said)

    assert (case.flag, case.probability, case.population) == (Flag.REVIEW, 0.5, CHILD)
    assert (case.operating_points, case.bundle_version) == (POINTS, "made-01234567")
    assert case.thumbnail == b"jpeg" and case.reasons == said.decision.reasons
    assert case.heat and said.heat
    assert (case.heat.contour, case.heat.shown) == (0.5, True)
    # float16 keeps 11 bits: half a step under 1 is 0.00025.
    np.testing.assert_allclose(case.heat.values, said.heat.values, atol=2.5e-4)
    assert case.heat.values.dtype == np.float32
    assert worklist.counts() == {State.WAITING: 0, State.SCORED: 1}


def test_the_map_of_a_routine_film_is_kept_and_not_shown(worklist: Worklist) -> None:
    heat = finished(worklist, reading(0.1)).heat

    assert heat and not heat.shown and heat.values.shape == (14, 14)


def test_a_refused_film_stays_on_the_worklist_without_score_or_map(worklist: Worklist) -> None:
    case = finished(worklist, refused_reading())

    assert case.flag is Flag.REFUSED and case.state is State.SCORED
    assert case.probability is case.operating_points is case.heat is case.population is None
    assert [reason.code for reason in case.reasons] == ["blank"]
    assert [other.number for other in worklist.cases()] == [case.number]


def test_what_was_said_first_stays(worklist: Worklist) -> None:
    case = finished(worklist, reading(0.9))

    worklist.refuse(case, Reason("damaged", "The film is damaged."))
    worklist.record(case, reading(0.1), thumbnail=b"other")

    again = worklist.case(case.number)
    assert again and (again.flag, again.probability, again.thumbnail) == (Flag.URGENT, 0.9, b"jpeg")


@pytest.mark.parametrize("stores", [1, 2])
def test_threads_that_hand_in_the_same_films_at_once_make_one_case_of_each(
    tmp_path: Path, stores: int
) -> None:
    url = f"sqlite:///{tmp_path / 'worklist.sqlite3'}"
    worklists = [Worklist(url, tmp_path / "films") for _ in range(stores)]
    contents = [png(seed) for seed in range(6)]
    start = threading.Barrier(4)
    accepted: list[Accepted] = []

    def hand_in(worklist: Worklist, name: str) -> None:
        start.wait()
        for content in contents:
            accepted.append(worklist.accept(name, content, CHILD))

    threads = [
        threading.Thread(target=hand_in, args=(worklists[i % stores], f"{i}.png"), daemon=True)
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(accepted) == 24
    assert len(worklists[0].cases()) == len({film.number for film in accepted}) == 6
    assert [film.known_as for film in accepted].count(None) == 6


def test_a_database_error_does_not_name_the_film(worklist: Worklist, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "worklist.sqlite3") as database:
        database.execute("DROP TABLE cases")
    with pytest.raises(WorklistError, match="CXR_DATABASE") as error:
        worklist.accept("^".join(("DOE", "JOHN")), png(0), CHILD)
    assert "DOE^JOHN" not in "".join(traceback.format_exception(error.value))


def test_cases_that_were_set_aside_are_listed_as_taken_off(worklist: Worklist) -> None:
    numbers = [worklist.accept(f"{seed}.png", png(seed), CHILD).number for seed in range(3)]
    worklist.set_aside(numbers[:1])
    worklist.set_aside(numbers[2:])
    assert [case.number for case in worklist.taken_off()] == [numbers[2], numbers[0]]
    worklist.bring_back(numbers)
    assert worklist.taken_off() == []
