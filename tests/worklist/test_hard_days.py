"""What goes wrong around the worklist costs no film its score, and nobody's work."""

import threading
from pathlib import Path

import pytest
from made_cases import ADA, BEN, CHILD, hand_in, in_order, now, read_case
from made_films import png
from sqlalchemy import create_engine, text

from cxr.film import FilmError, Population
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import State
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.watch import WatchedFolder
from cxr.worklist.queue.worker import score_waiting, work
from cxr.worklist.store.database import POSTGRESQL, WorklistError
from cxr.worklist.worklist import Worklist

WORKER = "worker 1"


def test_a_worker_in_front_of_the_wrong_folder_refuses_no_film(
    url: str, tmp_path: Path, small_screener: Screener
) -> None:
    worklist = Worklist(url, tmp_path / "films")
    case = hand_in(worklist)

    with pytest.raises(WorklistError, match="Set CXR_FILMS"):
        score_waiting(Worklist(url, tmp_path / "wrong"), small_screener, 4, WORKER)

    assert now(worklist, case.number).state is State.WAITING
    assert score_waiting(worklist, small_screener, 4, WORKER) == 1


def test_work_until_empty_ends_with_the_error_where_nothing_can_be_scored(
    worklist: Worklist, tmp_path: Path, url: str, small_screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.worklist.queue.worker.RESTART_SECONDS", 0)
    hand_in(worklist)

    with pytest.raises(WorklistError, match="Set CXR_FILMS"):
        work(Worklist(url, tmp_path / "wrong"), small_screener, 4, threading.Event(), until_empty=True)


def test_a_film_whose_file_is_another_one_is_not_scored_and_mended_when_it_comes_again(
    worklist: Worklist, small_screener: Screener
) -> None:
    case = hand_in(worklist)
    worklist.film_path(case).write_bytes(png(7))
    score_waiting(worklist, small_screener, 4, WORKER)
    changed = now(worklist, case.number)
    assert changed.flag is Flag.REFUSED and [reason.code for reason in changed.reasons] == ["changed_file"]

    assert worklist.intake.accept("again.png", png(0), CHILD, BEN).again

    assert worklist.film_path(case).read_bytes() == png(0)
    score_waiting(worklist, small_screener, 4, WORKER)
    assert now(worklist, case.number).probability is not None


def test_a_read_case_keeps_its_score_when_it_comes_again_with_another_population(worklist: Worklist) -> None:
    case = read_case(worklist)

    accepted = worklist.intake.accept("again.png", png(0), Population.ADULT, BEN)

    assert accepted.known_as and not accepted.again
    after = now(worklist, case.number)
    assert (after.probability, after.flag, after.stated) == (case.probability, case.flag, case.stated)


def test_a_folder_that_is_watched_anew_leaves_known_films_alone(worklist: Worklist, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "0.png").write_bytes(png(0))
    case = hand_in(worklist)
    worklist.desk.dismiss([case.number], ADA, "Duplicate")
    lines = worklist.audit.count()
    told: list[Accepted | FilmError] = []

    watched = WatchedFolder(worklist, folder, Population.ADULT, lambda _, what: told.append(what))
    watched.look()
    assert watched.look() == 1

    assert told == [Accepted(case.number, "0.png", known_as="0.png", film=case.film_number)]
    assert in_order(worklist) == [] and worklist.audit.count() == lines


def test_a_file_that_cannot_be_opened_at_first_is_told_once_and_taken_later(
    worklist: Worklist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "0.png"
    file.write_bytes(png(0))
    told: list[Accepted | FilmError] = []
    watched = WatchedFolder(worklist, file.parent, CHILD, lambda _, what: told.append(what))
    with monkeypatch.context() as locked:

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError

        locked.setattr("cxr.film.folder.open", refuse, raising=False)
        for _ in range(4):
            watched.look()

    assert watched.look() == 1

    assert [type(what) for what in told] == [FilmError, Accepted]


ODD = ("at = 'yesterday'", "who = x'ff00'", "details = x'ff'", "action = 'zzz'")


@pytest.mark.parametrize("odd", ODD)
def test_a_line_that_holds_what_no_program_writes_is_named(tmp_path: Path, odd: str) -> None:
    url = f"sqlite:///{tmp_path / 'worklist.sqlite3'}"
    worklist = Worklist(url, tmp_path / "films")
    for seed in range(3):
        hand_in(worklist, seed)
    with create_engine(url.replace("postgresql:", f"{POSTGRESQL}:")).begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text(f"UPDATE audit SET {odd} WHERE number = 2"))

    assert worklist.audit.verify().faults == ("Line 2 was changed.",)


def test_words_that_were_removed_are_counted(worklist: Worklist, url: str) -> None:
    case = hand_in(worklist)
    worklist.audit.verify()
    case = read_case(worklist, case, note="Right lower lobe.")
    number = worklist.audit.lines(case=case.number, action=Action.READ)[0].number
    engine = create_engine(url.replace("postgresql:", f"{POSTGRESQL}:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit SET text = NULL WHERE number = :n"), {"n": number})
    engine.dispose()

    verified = worklist.audit.verify()

    assert verified.faults == () and verified.erased == 1
