import datetime
import hashlib
from pathlib import Path

import pytest
from made_cases import (
    ADA,
    BEN,
    CHILD,
    UNKNOWN,
    WORKER,
    at_once,
    hand_in,
    in_order,
    now,
    reading,
    scored,
)
from made_films import png

from cxr.film import FilmErrorCode, Population
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding, State
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

CONTENT = png(99)
JUNK = bytes(range(256)) * 40


def failed(worklist: Worklist) -> Case:
    """A case on which the program failed."""
    case = hand_in(worklist)
    worklist.scoring.claim(WORKER, 1)
    error = Reason(FilmErrorCode.FAILED, "The program failed on this film.")
    worklist.scoring.record(WORKER, [Scored(case, error=error)])
    return now(worklist, case.number)


def test_an_accepted_film_waits_for_its_score(worklist: Worklist) -> None:
    before = datetime.datetime.now(datetime.UTC)

    accepted = worklist.intake.accept("film.png", CONTENT, CHILD, ADA)

    assert accepted == Accepted(1, "film.png", known_as=None, film=1)
    (ranked,) = worklist.ranked.page().rows
    case = ranked.case
    assert (case.number, case.name, case.stated, case.state) == (1, "film.png", CHILD, State.WAITING)
    assert case.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert case.flag is case.probability is case.heat is case.bundle_version is None and case.reasons == ()
    assert case.scored_at is case.reader is case.raised is case.report is None
    assert before <= case.arrived_at <= datetime.datetime.now(datetime.UTC)


def test_the_trail_says_who_handed_it_in(worklist: Worklist) -> None:
    case = hand_in(worklist)

    (line,) = worklist.audit.lines()

    assert (line.who, line.action, line.case) == (ADA, Action.ACCEPTED, case.number)
    assert line.details == {"film": 1, "sha256": case.sha256} and line.at == case.arrived_at


def test_the_same_content_twice_is_one_case_under_its_first_name_with_a_note(worklist: Worklist) -> None:
    first = worklist.intake.accept("monday.png", CONTENT, CHILD, ADA)

    second = worklist.intake.accept("tuesday.png", CONTENT, UNKNOWN, BEN)

    assert second == Accepted(first.number, "tuesday.png", known_as="monday.png", film=first.film)
    assert [ranked.case.name for ranked in worklist.ranked.page().rows] == ["monday.png"]
    assert [(line.who, line.action) for line in worklist.audit.lines(case=first.number)] == [
        (BEN, Action.ADDED_AGAIN),
        (ADA, Action.ACCEPTED),
    ]


def test_the_same_name_with_other_content_is_another_case(worklist: Worklist) -> None:
    contents = png(1), png(2), b"3"

    numbers = {hand_in(worklist, name="film.png", content=content).number for content in contents}

    assert len(numbers) == 3 and set(in_order(worklist)) == numbers


def test_a_film_is_kept_whole(worklist: Worklist) -> None:
    path = worklist.film_path(hand_in(worklist, content=CONTENT))

    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # nothing partial beside it


def test_of_a_file_that_nobody_can_clean_the_row_alone_is_kept(worklist: Worklist) -> None:
    case = hand_in(worklist, content=JUNK)

    assert case.flag is Flag.REFUSED and [reason.code for reason in case.reasons] == ["not_an_image"]
    assert in_order(worklist) == [case.number] and worklist.scoring.waiting() == 0
    assert not worklist.film_path(case).exists()
    assert [line.action for line in worklist.audit.lines()] == [Action.REFUSED, Action.ACCEPTED]


def test_the_same_unreadable_file_twice_is_one_refused_case(worklist: Worklist) -> None:
    case = hand_in(worklist, content=JUNK)
    worklist.desk.dismiss([case.number], ADA, "Duplicate")

    again = worklist.intake.accept("again.png", JUNK, Population.ADULT, BEN)

    assert again.refused and "not an image" in again.refused
    assert again == Accepted(
        case.number, "again.png", known_as="0.png", refused=again.refused, film=case.film_number
    )
    assert in_order(worklist) == [case.number] and worklist.scoring.waiting() == 0


def test_a_name_as_long_as_a_path_is_cut_and_the_film_is_kept(worklist: Worklist) -> None:
    assert hand_in(worklist, name="x" * 1000).name == "x" * 255


@pytest.mark.parametrize("name", ["zero\0byte", "half\udce4sign", "next\nline"])
def test_signs_that_no_database_takes_cost_no_film(worklist: Worklist, name: str) -> None:
    assert hand_in(worklist, name=name).name == name[:4] + " " + name[5:]


def test_a_name_is_kept_in_any_script(worklist: Worklist) -> None:
    assert hand_in(worklist, name="胸部 Thorax Grudnyé 😷.png").name == "胸部 Thorax Grudnyé 😷.png"


def test_a_film_that_was_taken_off_comes_back_when_it_is_handed_in_again(worklist: Worklist) -> None:
    case = hand_in(worklist, name="film.png")
    worklist.desk.dismiss([case.number], ADA, "Duplicate")

    again = worklist.intake.accept("again.png", png(0), CHILD, BEN)

    assert again.number == case.number
    assert in_order(worklist) == [case.number] and now(worklist, case.number).name == "film.png"


def test_a_known_film_keeps_its_score(worklist: Worklist) -> None:
    case = scored(worklist)

    for stated in (CHILD, UNKNOWN):
        assert not worklist.intake.accept("again.png", png(0), stated, ADA).again

    assert now(worklist, case.number).probability == 0.9 and worklist.scoring.waiting() == 0


def test_a_film_whose_population_is_stated_anew_is_scored_once_more(worklist: Worklist) -> None:
    case = scored(worklist)

    assert worklist.intake.accept("again.png", png(0), Population.ADULT, ADA).again

    again = now(worklist, case.number)
    assert (again.stated, again.state, again.flag) == (Population.ADULT, State.WAITING, None)
    assert again.arrived_at == case.arrived_at
    assert [waiting.number for waiting in worklist.scoring.claim(WORKER, 10)] == [case.number]


def test_a_film_on_which_the_program_failed_is_scored_once_more(worklist: Worklist) -> None:
    case = failed(worklist)

    assert worklist.intake.accept("again.png", png(0), UNKNOWN, ADA).again

    again = now(worklist, case.number)
    assert (again.stated, again.state, again.reasons) == (CHILD, State.WAITING, ())


def test_a_film_handed_in_again_stays_turned_raised_and_with_its_reader(worklist: Worklist) -> None:
    case = worklist.desk.claim(worklist.desk.invert(hand_in(worklist), ADA), BEN)

    again = now(worklist, worklist.intake.accept("again.png", png(0), Population.ADULT, ADA).number)

    assert again.inverted and again.reader == BEN and again.version > case.version


@pytest.mark.parametrize("stores", [1, 2])
def test_threads_that_hand_in_the_same_films_at_once_make_one_case_of_each(
    url: str, tmp_path: Path, stores: int
) -> None:
    worklists = [Worklist(url, tmp_path / "films") for _ in range(stores)]
    contents = [png(seed) for seed in range(6)]

    def hand_in_all(worklist: Worklist) -> list[Accepted]:
        return [worklist.intake.accept("film.png", content, CHILD, ADA) for content in contents]

    outcomes = at_once(*(lambda i=i: hand_in_all(worklists[i % stores]) for i in range(4)))

    accepted = [film for films in outcomes if isinstance(films, list) for film in films]
    assert len(accepted) == 24
    assert len(in_order(worklists[0])) == len({film.number for film in accepted}) == 6
    assert [film.known_as for film in accepted].count(None) == 6
    assert worklists[0].audit.verify().lines == 24 and not worklists[0].audit.verify().faults


def test_a_film_that_the_disk_does_not_take_is_not_on_the_worklist(url: str, tmp_path: Path) -> None:
    (tmp_path / "films").write_text("a file where the folder should be")
    worklist = Worklist(url, tmp_path / "films")

    with pytest.raises(WorklistError, match="CXR_FILMS"):
        worklist.intake.accept("film.png", CONTENT, CHILD, ADA)

    assert worklist.ranked.page().total == worklist.audit.count() == 0


def test_a_read_film_that_is_handed_in_again_stays_read(worklist: Worklist) -> None:
    case = worklist.desk.claim(scored(worklist, said=reading(0.1)), ADA)
    worklist.desk.report(case, ADA, Finding.OTHER)

    worklist.intake.accept("again.png", png(0), CHILD, BEN)

    assert in_order(worklist) == []
    assert worklist.ranked.page(Filter(ListView.READ)).total == 1
