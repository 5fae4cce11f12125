"""A watched folder: what stands still in it comes onto the worklist."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.limits import MAX_FILE_BYTES, check_file_size
from cxr.worklist.queue.intake import Accepted
from cxr.worklist.worklist import Worklist

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Endings that programs give to files which they still write."""


@dataclass(slots=True)
class WatchedFolder:
    """Take files out of a folder, each once it has stood still from one look to the next.

    It looks by itself, time and again, for a network share tells nobody of a new file. Files stay where they
    are; after a restart each is looked at anew, and a film that was on the worklist at any time stays there
    as it is.

    Attributes
    ----------
    folder
        Looked through with all folders in it, but for hidden ones; links are not followed.
    taken
        Called with the path below the folder and what became of the film: accepted, or why it was not.
    """

    worklist: Worklist
    folder: Path
    stated: Population
    taken: Callable[[Path, Accepted | FilmError], None]
    who: str = "watcher"
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _done: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _told: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> int:
        """Look once, take what stands still since the last look, and return how many files were new.

        Raises
        ------
        WorklistError
            Where the worklist cannot be written: the files are taken at a later look.
        """
        found = dict(_files(self.folder))
        taken = 0
        for path, state in found.items():
            if self._done.get(path) == state:
                continue
            if self._seen.get(path) == state and self._take(path, state):
                self._done[path] = state
                taken += 1
        self._seen = found
        for known in (self._done, self._told):
            for path in known.keys() - found.keys():
                del known[path]
        return taken

    def watch(self, seconds: float, stop: threading.Event) -> None:
        """Look every so many seconds until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(seconds)

    def _take(self, path: Path, state: tuple[int, int]) -> bool:
        """Take a file, and say whether that is done; what cannot be opened is told once, and tried again."""
        shown = path.relative_to(self.folder)
        try:
            content = read_file(path)
        except FilmError as error:
            if self._told.get(path) != state:
                self._told[path] = state
                self.taken(shown, error)
            return error.code is not FilmErrorCode.NOT_FOUND
        self.taken(
            shown,
            self.worklist.intake.accept(path.name, content, self.stated, self.who, only_new=True),
        )
        return True


def read_file(path: Path) -> bytes:
    """Read a file that is to come onto the worklist.

    Raises
    ------
    FilmError
        Where it is too large for a film, or cannot be read.
    """
    try:
        check_file_size(path.stat().st_size)
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise FilmError(
            FilmErrorCode.NOT_FOUND, "This file cannot be read. Check the path and the permissions."
        ) from None


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield files with their size and time of change; what vanishes or cannot be looked at is left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith((".", "~")) or name.lower().endswith(UNFINISHED):
                continue
            path = Path(place, name)
            try:
                status = path.lstat()
            except OSError:
                continue
            if S_ISREG(status.st_mode):
                yield path, (status.st_size, status.st_mtime_ns)
