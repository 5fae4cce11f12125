"""What a folder of films holds, and what the rows of the database say that it should hold."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from cxr.film.printable import printable
from cxr.triage.flag import Flag
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.store.film_files import PARTIAL
from cxr.worklist.store.schema import FilmRow

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""
RESTORING = ".restoring"
"""File in a folder of films while a backup is restored into it."""
_SHARD = re.compile(r"[0-9a-f]{2}\Z")
_FILM = re.compile(r"[0-9a-f]{64}\Z")
_HALF_WRITTEN = (PARTIAL, f".{KEY_FILE}-")


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a folder of films.

    Attributes
    ----------
    films
        Size in bytes of each film, by its hash.
    others
        Everything that is not a film, relative to the folder: links too, whatever they lead to.
    half_written
        Files that a crash left, or that are being written.
    """

    films: dict[str, int]
    others: tuple[str, ...]
    half_written: tuple[Path, ...]


def contents_of(folder: Path) -> Contents:
    """List a folder of films; nothing in it is opened, and no link followed."""
    films: dict[str, int] = {}
    others: list[str] = []
    half_written: list[Path] = []
    for entry in _entries(folder):
        if _SHARD.match(entry.name) and entry.is_dir(follow_symlinks=False):
            for file in _entries(Path(entry.path)):
                if file.name.startswith(_HALF_WRITTEN):
                    half_written.append(Path(file.path))
                elif _is_film(file, entry.name):
                    with suppress(FileNotFoundError):  # purged meanwhile
                        films[file.name] = file.stat(follow_symlinks=False).st_size
                else:
                    others.append(printable(f"{entry.name}/{file.name}", "?"))
        elif entry.name.startswith(_HALF_WRITTEN):
            half_written.append(Path(entry.path))
        elif entry.name not in (KEY_FILE, RESTORING) or not entry.is_file(follow_symlinks=False):
            others.append(printable(entry.name, "?"))
    return Contents(films, tuple(others), tuple(half_written))


def films_of_rows(session: Session) -> dict[str, int]:
    """Return the hash of every film that has to have a file, and its case.

    A purged film has none, nor has one of which nothing was kept: it was refused as it arrived.
    """
    nothing_kept = and_(FilmRow.flag == Flag.REFUSED, FilmRow.scored_at == FilmRow.arrived_at)
    query = select(FilmRow.sha256, FilmRow.case_id).where(
        FilmRow.purged_at.is_(None), FilmRow.scored_at.is_(None) | not_(nothing_kept)
    )
    return {sha256: case for sha256, case in session.execute(query.order_by(FilmRow.id))}


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.exists():
        return []
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_film(file: os.DirEntry[str], shard: str) -> bool:
    whole = _FILM.match(file.name) and file.name.startswith(shard)
    return bool(whole) and file.is_file(follow_symlinks=False)
