import os
from pathlib import Path

import pytest
from made_films import png
from report.reported_cases import dicom_film

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.watch import WatchedFolder
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


class Watched:
    """A watched folder and what became of its files."""

    def __init__(self, worklist: Worklist, folder: Path) -> None:
        self.folder = folder
        self.became: dict[str, Accepted | FilmError] = {}
        self.watched = WatchedFolder(worklist, folder, Population.CHILD, self._taken)

    def look(self, times: int = 1) -> list[str]:
        """Look, and give the names of what was taken."""
        self.became = {}
        for _ in range(times):
            self.watched.look()
        return sorted(self.became)

    def _taken(self, path: Path, what: Accepted | FilmError) -> None:
        self.became[path.as_posix()] = what


@pytest.fixture
def watched(worklist: Worklist, tmp_path: Path) -> Watched:
    folder = tmp_path / "in"
    (folder / "ward").mkdir(parents=True)
    return Watched(worklist, folder)


def test_a_file_is_taken_once_it_stands_still_and_only_once(watched: Watched, worklist: Worklist) -> None:
    film = watched.folder / "film.png"
    film.write_bytes(png(0)[:1000])
    assert watched.look() == []
    film.write_bytes(png(0))
    assert watched.look() == []
    assert watched.look() == ["film.png"]
    assert watched.look(3) == []
    assert worklist.ranked.counts().to_read == 1
    assert film.exists()


def test_a_file_that_changes_later_is_another_film(watched: Watched, worklist: Worklist) -> None:
    film = watched.folder / "film.png"
    film.write_bytes(png(0))
    watched.look(2)
    film.write_bytes(png(1))
    assert watched.look(2) == ["film.png"]
    assert worklist.ranked.counts().to_read == 2


def test_a_corrected_film_that_arrives_later_updates_the_first(watched: Watched, worklist: Worklist) -> None:
    (watched.folder / "first.dcm").write_bytes(dicom_film())
    watched.look(2)
    (watched.folder / "corrected.dcm").write_bytes(dicom_film(PatientAge="006M"))
    assert watched.look(2) == ["corrected.dcm"]
    again = watched.became["corrected.dcm"]
    assert isinstance(again, Accepted) and again.again
    assert worklist.ranked.counts().to_read == 1


def test_folders_are_looked_through_but_for_what_is_hidden_or_unfinished(watched: Watched) -> None:
    for name in ("a.png", "ward/b.png", ".hidden.png", "c.png.part", "d.tmp", "~e.png"):
        (watched.folder / name).write_bytes(png(len(name)))
    (watched.folder / ".secret").mkdir()
    (watched.folder / ".secret" / "f.png").write_bytes(png(9))
    assert watched.look(2) == ["a.png", "ward/b.png"]


def test_a_link_that_leads_round_in_a_circle_stops_nothing(watched: Watched) -> None:
    (watched.folder / "ward" / "round").symlink_to(watched.folder)
    (watched.folder / "nowhere.png").symlink_to(watched.folder / "gone.png")
    os.mkfifo(watched.folder / "pipe.png")
    (watched.folder / "a.png").write_bytes(png(0))
    assert watched.look(2) == ["a.png"]


def test_a_bad_file_is_told_and_stops_none_of_the_others(watched: Watched) -> None:
    (watched.folder / "a-empty.png").write_bytes(b"")
    (watched.folder / "b.png").write_bytes(png(0))
    assert watched.look(2) == ["a-empty.png", "b.png"]
    empty = watched.became["a-empty.png"]
    assert isinstance(empty, FilmError) and empty.code is FilmErrorCode.EMPTY_FILE


def test_after_a_restart_a_film_is_one_film_with_a_note(watched: Watched, worklist: Worklist) -> None:
    (watched.folder / "film.png").write_bytes(png(0))
    watched.look(2)

    again = Watched(worklist, watched.folder)

    assert again.look(2) == ["film.png"]
    accepted = again.became["film.png"]
    assert isinstance(accepted, Accepted) and accepted.known_as == "film.png"
    assert worklist.ranked.counts().to_read == 1


def test_a_share_that_was_away_brings_no_dismissed_film_back(watched: Watched, worklist: Worklist) -> None:
    (watched.folder / "ward" / "film.png").write_bytes(png(0))
    (watched.folder / "late.png").write_bytes(png(1))
    watched.look(1)
    (watched.folder / "late.png").write_bytes(png(2))
    watched.look(2)
    away = watched.folder.rename(watched.folder.with_name("away"))
    assert watched.look(2) == ["."]
    closed = watched.became["."]
    assert isinstance(closed, FilmError) and closed.sentence.startswith("This folder cannot be opened.")

    away.rename(watched.folder)

    assert watched.look(3) == []
    assert worklist.ranked.counts().to_read == 2


def test_a_file_replaced_by_a_link_between_two_looks_is_not_read(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(0))
    (film := watched.folder / "film.png").write_bytes(png(1))
    watched.look()
    film.unlink()
    film.symlink_to(tmp_path / "secret.png")
    assert watched.look(3) == []
