"""A watched folder: files that no longer change are added to the worklist."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.folder import CLOSED, list_folder, read_content
from cxr.film.sandbox import left_out
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
        listing = list_folder(self.folder)
        paths = filter(_awaited, listing.files)
        found = {path: state for path in paths if (state := _state(path))}
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
        for folder in listing.closed:
            self._report(folder, (0, 0), FilmError(FilmErrorCode.NOT_FOUND, CLOSED))
        # What is in a folder that cannot be opened for a while has not gone: it is not a film sent again.
        kept = {*found, *listing.closed}
        for known in (self._done, self._reported):
            for path in known.keys() - kept:
                if kept.isdisjoint(path.parents):
                    del known[path]
        return taken

    def _take(self, path: Path, state: tuple[int, int]) -> bool:
        """Add a file, and return whether it is done with; one that cannot be opened is tried again."""
        try:
            content = read_file(path, follow=False)
        except FilmError as error:
            self._report(path, state, error)
            return error.code is not FilmErrorCode.NOT_FOUND
        if _state(path) != state:  # it changed while it was read
            return False
        was_there = (self._first or {}).get(path) == state
        accepted = self.worklist.intake.accept(path.name, content, self.stated, self.who, only_new=was_there)
        self.taken(path.relative_to(self.folder), accepted)
        return True

    def _report(self, path: Path, state: tuple[int, int], error: FilmError) -> None:
        """Report what is wrong with a file or folder, once for each state that it is in."""
        if self._reported.get(path) != state:
            self._reported[path] = state
            self.taken(path.relative_to(self.folder), error)


def read_file(path: Path, follow: bool = True) -> bytes:
    """Read a file that is to be added to the worklist (see `read_content`).

    Raises
    ------
    FilmError
        Where it is too large for a film, cannot be read, or never was a film (`FilmError.left_out`).
    """
    content = read_content(path, follow)
    if other := left_out(content):
        raise other
    return content


def _state(path: Path) -> tuple[int, int] | None:
    """Return size and time of change of a file; `None` where it vanished."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError:  # reading it reports why
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _awaited(path: Path) -> bool:
    return not path.name.startswith("~") and not path.name.lower().endswith(UNFINISHED)
