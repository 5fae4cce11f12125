"""A watched folder: files that no longer change are added to the worklist."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.left_out import left_out
from cxr.film.limits import MAX_FILE_BYTES, check_file_size
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.worklist import Worklist

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Extensions that programs give to files they are still writing."""


@dataclass(slots=True)
class WatchedFolder:
    """Add the files of a folder, each once it has not changed from one scan to the next.

    It scans periodically, since a network share sends no notice of a new file. Files stay where they are.
    After a restart each is looked at again: of the files found then, a film that is on the worklist already
    stays there as it is. One that arrives or changes later is a film sent again, which is updated.

    Attributes
    ----------
    folder
        Scanned with all its subfolders except hidden ones; links are not followed.
    taken
        Called with the path below the folder and the outcome: accepted, or why not.
    """

    worklist: Worklist
    folder: Path
    stated: Population
    taken: Callable[[Path, Accepted | FilmError], None]
    who: str = "watcher"
    _first: dict[Path, tuple[int, int]] | None = None
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _done: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _reported: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> int:
        """Scan once, add the files unchanged since the last scan, and return how many were added.

        Raises
        ------
        WorklistError
            Where the worklist cannot be written: the files are added by a later scan.
        """
        found = dict(_files(self.folder))
        if self._first is None:
            self._first = found
        taken = 0
        for path, state in found.items():
            if self._done.get(path) == state:
                continue
            if self._seen.get(path) == state and self._take(path, state):
                self._done[path] = state
                taken += 1
        self._seen = found
        for known in (self._done, self._reported):
            for path in known.keys() - found.keys():
                del known[path]
        return taken

    def _take(self, path: Path, state: tuple[int, int]) -> bool:
        """Add a file, and return whether it is done with; one that cannot be opened is tried again."""
        shown = path.relative_to(self.folder)
        try:
            content = read_file(path)
        except FilmError as error:
            if self._reported.get(path) != state:
                self._reported[path] = state
                self.taken(shown, error)
            return error.code is not FilmErrorCode.NOT_FOUND
        was_there = (self._first or {}).get(path) == state
        accepted = self.worklist.intake.accept(path.name, content, self.stated, self.who, only_new=was_there)
        self.taken(shown, accepted)
        return True


def read_file(path: Path) -> bytes:
    """Read a file that is to be added to the worklist.

    Raises
    ------
    FilmError
        Where it is too large for a film, cannot be read, or never was a film (`FilmError.left_out`).
    """
    try:
        check_file_size(path.stat().st_size)
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise FilmError(
            FilmErrorCode.NOT_FOUND, "This file cannot be read. Check the path and the permissions."
        ) from None
    if other := left_out(content):
        raise other
    return content


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield files with their size and time of change, except those that vanish or cannot be examined."""
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
