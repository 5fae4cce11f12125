"""Restore a backup into an empty place."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cxr.worklist.backup.contents import RESTORING, Progress
from cxr.worklist.backup.manifest import FILMS, MANIFEST, BackupError, Manifest, read_manifest, sha256_of
from cxr.worklist.backup.verify import check_database, key_fault
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.store.film_files import PARTIAL, FilmFiles, sync_folder, write_whole
from cxr.worklist.store.sqlite_file import create_private


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
            write_whole(films / KEY_FILE, key.read_bytes())
        _database(source / manifest.database.name, database)
        (films / RESTORING).unlink()
    except OSError as error:
        raise BackupError(
            f"The backup could not be restored completely: {error.strerror}. Check the disk and permissions "
            f"of {database.parent} and {films}, and run the command again: it continues."
        ) from None
    return Restored(manifest, tuple(faults))


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
            content = held.path(sha256).read_bytes()
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
    shutil.copyfile(copied, half)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(half, database)
    sync_folder(database.parent)
