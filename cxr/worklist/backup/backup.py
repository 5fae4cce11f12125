"""Back up a SQLite worklist while it is in use: a snapshot of the database, and the films that it names."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cxr import __version__
from cxr.film.printable import printable
from cxr.worklist.audit.trail import AuditTrail
from cxr.worklist.backup.contents import Progress, contents_of, films_of_rows
from cxr.worklist.backup.manifest import (
    FILMS,
    MANIFEST,
    AuditHead,
    BackupError,
    DatabaseFile,
    Manifest,
    Model,
    read_manifest,
)
from cxr.worklist.backup.regular_file import NO_LINK, sha256_of
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.store.database import Database
from cxr.worklist.store.film_files import PARTIAL, FilmFiles, sync_folder, write_whole
from cxr.worklist.store.migrations import NEWEST
from cxr.worklist.store.schema import AuditHeadRow, CaseRow, FilmRow, IdentityRow, Table
from cxr.worklist.store.sqlite_file import CopyError

LOCK = ".lock"
SNAPSHOT = f"{PARTIAL}database"
TRIES = 5
_OURS = re.compile(rf"{MANIFEST}|{FILMS}|{LOCK}|lost\+found|worklist-\w+\.sqlite3|{re.escape(PARTIAL)}.*")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A complete backup: what it holds, and what changed in its folder.

    Attributes
    ----------
    faults
        A line for each film that the worklist itself has lost; the backup lacks it too.
    """

    manifest: Manifest
    copied: int
    copied_bytes: int
    removed: int
    faults: tuple[str, ...]


class Backup:
    """Backs up a worklist into a folder, again and again: films that are there are not copied again."""

    def __init__(self, database: Database, films: FilmFiles) -> None:
        self._database = database
        self._films = films

    def make(self, to: Path, model: Model | None, progress: Progress) -> BackedUp:
        """Make a backup, or bring an earlier one in the same folder up to date.

        The manifest is replaced last: until then, whatever happens, the folder holds the earlier backup.
        Films that the worklist has purged or redacted since are then removed.

        Raises
        ------
        BackupError
            If the folder cannot be used or written, or holds something else; the earlier backup still holds.
        """
        if self._database.file is None:
            raise BackupError(
                "'cxr backup' copies SQLite worklists. Back up PostgreSQL with pg_dump and a copy of the "
                "folder of CXR_FILMS, in this order; docs/install.md has the commands."
            )
        self._check(to)
        with _reported(to), _alone(to):
            try:
                return self._make(to, model, progress)
            finally:
                with suppress(OSError):
                    _remove_snapshot(to)

    def _check(self, to: Path) -> None:
        """Refuse a folder that belongs to the worklist, or holds anything but a backup."""
        there, films, file = to.resolve(), self._films.folder.resolve(), self._database.file
        assert file
        if there.is_relative_to(films) or any(own.is_relative_to(there) for own in (films, file.resolve())):
            raise BackupError(f"{to} belongs to the worklist itself. Back up into another folder.")
        if not there.parent.is_dir():
            raise BackupError(f"The folder {there.parent} does not exist. Create it, or mount the disk.")
        if not there.exists():
            return
        if not there.is_dir():
            raise BackupError(f"{to} is a file. Back up into a folder.")
        other = next((path.name for path in sorted(there.iterdir()) if not _OURS.fullmatch(path.name)), None)
        linked = (there / FILMS).is_symlink() and FILMS
        if other or linked:
            raise BackupError(
                f"{to} holds {printable(other or FILMS, '?')}, which is not part of a backup. Back up into "
                "an empty folder."
            )

    def _make(self, to: Path, model: Model | None, progress: Progress) -> BackedUp:
        earlier = read_manifest(to) if (to / MANIFEST).exists() else None
        films = FilmFiles(to / FILMS)
        films.folder.mkdir(mode=0o700, exist_ok=True)
        there = contents_of(films.folder)
        if there.others:
            raise BackupError(
                f"{films.folder} holds {there.others[0]}, which is not a film. Back up into an empty folder."
            )
        known = earlier.films if earlier else {}
        whole = {one: size for one, size in known.items() if there.films.get(one) == size}
        copied: dict[str, int] = {}
        absent: dict[str, str] = {}
        for _ in range(TRIES):
            made_at = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
            snapshot = self._snapshot(to, progress)
            if earlier:
                _check_continues(to, earlier, snapshot)
            with snapshot.reading() as session:
                wanted = films_of_rows(session)
            before, absent = absent, {}
            missing = [one for one in wanted if one not in whole]
            for done, sha256 in enumerate(missing):
                progress("films", done, len(missing))
                if fault := self._copy(sha256, films, copied):
                    absent[sha256] = f"Case {wanted[sha256]}: film {sha256[:12]} {fault}"
                else:
                    whole[sha256] = films.size(sha256)
            if absent.keys() <= before.keys():
                break  # what was purged or redacted meanwhile is not in the second snapshot
        held = {one: whole[one] for one in wanted if one in whole}
        manifest = self._finish(to, snapshot, made_at, held, model)
        removed = _prune(to, manifest)
        return BackedUp(manifest, len(copied), sum(copied.values()), removed, tuple(absent.values()))

    def _snapshot(self, to: Path, progress: Progress) -> Database:
        _remove_snapshot(to)
        self._database.copy(to / SNAPSHOT, lambda done, total: progress("database", done, total))
        return Database.at_rest(to / SNAPSHOT)

    def _copy(self, sha256: str, films: FilmFiles, copied: dict[str, int]) -> str | None:
        """Copy a film, unless a whole copy is there; return what is wrong with the film, if anything."""
        if films.holds(sha256):
            return None
        try:
            content = self._films.path(sha256).read_bytes()
        except FileNotFoundError:
            return "is missing. Add it again."
        except OSError as error:
            return f"cannot be read ({error.strerror}). Check the disk."
        if films.sha256_of(content) != sha256:
            return "is damaged. Add it again."
        films.keep(content)
        copied[sha256] = len(content)
        return None

    def _finish(
        self,
        to: Path,
        snapshot: Database,
        made_at: datetime.datetime,
        films: dict[str, int],
        model: Model | None,
    ) -> Manifest:
        """Put the snapshot in its place, and write the manifest that makes both a backup."""
        key = self._films.folder / KEY_FILE
        if key.exists():
            write_whole(to / FILMS / KEY_FILE, key.read_bytes())
        digest = sha256_of(to / SNAPSHOT)
        with snapshot.reading() as session:
            head = session.scalars(select(AuditHeadRow)).one()
            manifest = Manifest(
                program=__version__,
                made_at=made_at,
                database=DatabaseFile(
                    name=f"worklist-{digest[:12]}.sqlite3", sha256=digest, schema_version=NEWEST
                ),
                model=model,
                pseudonym_key_sha256=sha256_of(to / FILMS / KEY_FILE) if key.exists() else None,
                audit=AuditHead(lines=head.lines, sha256=head.sha256),
                studies=_count(session, CaseRow),
                film_rows=_count(session, FilmRow),
                identities=_count(session, IdentityRow),
                film_files=len(films),
                film_bytes=sum(films.values()),
                films=films,
            )
        snapshot.engine.dispose()
        with (to / SNAPSHOT).open("rb") as file:
            os.fsync(file.fileno())
        os.replace(to / SNAPSHOT, to / manifest.database.name)
        sync_folder(to)
        manifest.write(to)
        return manifest


def _remove_snapshot(to: Path) -> None:
    """Remove what is left of a copy of the database; a disk may be full of it."""
    for old in to.glob(f"{SNAPSHOT}*"):
        old.unlink()


def _count(session: Session, table: type[Table]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _check_continues(to: Path, earlier: Manifest, snapshot: Database) -> None:
    """Refuse to replace a backup by one that does not continue it: it would be lost."""
    if AuditTrail(snapshot).sha256_of(earlier.audit.lines) != earlier.audit.sha256:
        raise BackupError(
            f"{to} holds the backup of {earlier.made_at:%Y-%m-%d %H:%M} UTC, whose audit trail this worklist "
            "does not continue: it is another one, or lines were lost. Back up into another folder."
        )


def _prune(to: Path, manifest: Manifest) -> int:
    """Remove what only earlier backups held, and return how many films those were."""
    films = FilmFiles(to / FILMS)
    there = contents_of(films.folder)
    old = [sha256 for sha256 in there.films if sha256 not in manifest.films]
    for sha256 in old:
        films.remove(sha256)
    rest = [path for path in to.glob("worklist-*.sqlite3") if path.name != manifest.database.name]
    for path in (*rest, *there.half_written, *to.glob(f"{PARTIAL}*")):
        path.unlink(missing_ok=True)
    return len(old)


@contextmanager
def _reported(to: Path) -> Iterator[None]:
    """Report that the folder could not be written."""
    try:
        yield
    except (OSError, CopyError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        rest = "The backup that was there still holds" if (to / MANIFEST).exists() else "There is no backup"
        raise BackupError(
            f"The backup into {to} failed: {why}. {rest}. Check its disk and permissions, and run it again."
        ) from None


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Keep a second backup out of the folder; its lock ends with the process that holds it."""
    to.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(to / LOCK, os.O_RDWR | os.O_CREAT | NO_LINK, 0o600), "wb") as lock:
        with suppress(ImportError):  # Windows
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another backup into {to} is running. Wait for its end.") from None
        yield
