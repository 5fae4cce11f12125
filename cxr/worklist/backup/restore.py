"""Restore a backup into an empty place."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cxr.worklist.backup.contents import RESTORING, Progress
from cxr.worklist.backup.database_file import check_database
from cxr.worklist.backup.manifest import FILMS, MANIFEST, BackupError, Manifest, read_manifest
from cxr.worklist.backup.regular_file import content_of, opened, sha256_of
from cxr.worklist.backup.verify import MOST_KEY_BYTES, key_fault
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.store.film_files import PARTIAL, FilmFiles, sync_folder, write_whole
from cxr.worklist.store.sqlite_file import create_private

MOST_FILM_BYTES = 512 * 1024 * 1024
"""Of a film's file: the largest film, uncompressed in colour, has less than half of that."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored backup, and a line for each film that could not be restored."""

    manifest: Manifest
    faults: tuple[str, ...]


def restore(source: Path, database: Path, films: Path, progress: Progress) -> Restored:
    """Restore a backup into a SQLite file and a folder of films that do not exist or are empty.

    What is damaged is left out and reported. One that was interrupted continues where the same backup is
    restored again; until then the program does not open the worklist.

    Raises
    ------
    BackupError
        If there is no complete backup, its database is damaged, or the place is not empty.
    """
    manifest = read_manifest(source)
    _check_space(source / manifest.database.name, manifest, database.parent)
    check_database(source, manifest)
    name = sha256_of(source / MANIFEST).encode()
    _check_empty(source, database, films, name)
    try:
        films.mkdir(mode=0o700, parents=True, exist_ok=True)
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(films / RESTORING, name)
        faults = [*_films(source, manifest, FilmFiles(films), progress), *key_fault(source, manifest)]
        key = source / FILMS / KEY_FILE
        if manifest.pseudonym_key_sha256 and not key_fault(source, manifest):
            write_whole(films / KEY_FILE, content_of(key, MOST_KEY_BYTES))
        _database(source / manifest.database.name, database)
        (films / RESTORING).unlink()
    except OSError as error:
        raise BackupError(
            f"The backup could not be restored completely: {error.strerror}. Check the disk and permissions "
            f"of {database.parent} and {films}, and run the command again: it continues."
        ) from None
    return Restored(manifest, tuple(faults))


def _check_space(copied: Path, manifest: Manifest, to: Path) -> None:
    """Refuse a backup that does not fit on the disk, before anything of it is read: a file may have holes."""
    there = next(one for one in (to.absolute(), *to.absolute().parents) if one.exists())
    with suppress(OSError):  # which reading it reports
        needed = copied.stat(follow_symlinks=False).st_size + sum(manifest.films.values())
        if needed > (free := shutil.disk_usage(there).free):
            raise BackupError(
                f"The backup takes {needed / 1e6:,.0f} MB, and {there} has {free / 1e6:,.0f} MB free. Set "
                "CXR_DATABASE and CXR_FILMS to a larger disk."
            )


def _check_empty(source: Path, database: Path, films: Path, name: bytes) -> None:
    """Refuse a place that holds anything but what an interrupted restore of the same backup left."""
    backup = source.resolve()
    own = (database.resolve(), films.resolve())
    if any(one.is_relative_to(backup) for one in own) or backup.is_relative_to(films.resolve()):
        raise BackupError(
            f"{source} and the place to restore it to lie within each other. Set CXR_DATABASE and CXR_FILMS."
        )
    marker = films / RESTORING
    if not marker.is_symlink() and marker.is_file() and marker.read_bytes() == name:
        return
    held = [Path(f"{database}{end}") for end in ("", "-wal", "-shm", "-journal")]
    held = [path for path in held if path.exists() or path.is_symlink()]
    if films.is_dir():
        held += sorted(films.iterdir())[:1]
    elif films.exists():
        held.append(films)
    if held:
        raise BackupError(
            f"A backup is restored into an empty place only, and {held[0]} exists. Set CXR_DATABASE and "
            "CXR_FILMS to new ones, or move the old ones elsewhere. Nothing was changed."
        )


def _films(source: Path, manifest: Manifest, films: FilmFiles, progress: Progress) -> list[str]:
    faults = []
    held = FilmFiles(source / FILMS)
    for done, sha256 in enumerate(manifest.films):
        progress("films", done, len(manifest.films))
        try:
            content = content_of(held.path(sha256), MOST_FILM_BYTES)
        except OSError as error:
            faults.append(f"Film {sha256[:2]}/{sha256} cannot be read from the backup: {error.strerror}.")
            continue
        if held.sha256_of(content) == sha256:
            films.keep(content)
        else:
            faults.append(f"Film {sha256[:2]}/{sha256} is damaged in the backup.")
    return faults


def _database(copied: Path, database: Path) -> None:
    """Copy the database last: only with it is there a worklist."""
    half = database.with_name(f"{PARTIAL}{database.name}")
    half.unlink(missing_ok=True)
    create_private(half)
    with opened(copied) as file, half.open("r+b") as to:
        shutil.copyfileobj(file, to)
        to.flush()
        os.fsync(to.fileno())
    os.replace(half, database)
    sync_folder(database.parent)
