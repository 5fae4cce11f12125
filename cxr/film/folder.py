"""What is in a folder of films, and the content of one file: nothing in either makes the program wait."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.limits import MAX_FILE_BYTES, check_file_size

CLOSED = "This folder cannot be opened. Check its permissions and the length of its path."
NOT_READABLE = (
    "There is no readable file at this path. Check the path and the permissions, and name a file rather "
    "than a folder."
)


# Windows has neither.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is below a folder, without what is hidden.

    Attributes
    ----------
    files
        Files, among them such that cannot be read.
    closed
        Folders that cannot be listed.
    left_out
        Links, which are not followed, and special files such as named pipes.
    """

    files: list[Path] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def list_folder(folder: Path) -> Listing:
    """List every file below a folder, in order; what vanishes meanwhile is not listed."""
    listing = Listing()
    places = [folder]
    while places:
        place = places.pop()
        try:
            with os.scandir(place) as entries:
                shown = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            if place == folder or not isinstance(error, FileNotFoundError):
                listing.closed.append(place)
            continue
        for entry in shown:
            if entry.is_symlink():
                listing.left_out["link"] += 1
            elif entry.is_dir(follow_symlinks=False):
                places.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                listing.files.append(Path(entry.path))
            else:
                listing.left_out["special file"] += 1
    listing.files.sort()
    listing.closed.sort()
    return listing


def read_content(path: Path | str, follow: bool = True) -> bytes:
    """Read a regular file, of whatever kind it was when it was listed.

    Parameters
    ----------
    follow
        Whether the path may be a link.

    Raises
    ------
    FilmError
        Where it is empty, too large for a film, or cannot be read.
    """

    def opened(path: str, flags: int) -> int:
        # Opening a named pipe would otherwise block until somebody writes to it.
        return os.open(path, flags | _NO_WAIT | (0 if follow else _NO_LINK))

    try:
        with open(path, "rb", opener=opened) as file:
            status = os.fstat(file.fileno())
            if S_ISREG(status.st_mode):
                check_file_size(status.st_size)
                return file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError):
        pass
    raise FilmError(FilmErrorCode.NOT_FOUND, NOT_READABLE)
