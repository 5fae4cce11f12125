"""Verify a worklist or a backup: every row has its film, every film its row, and the audit trail is whole."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select, text

from cxr.film.counted import counted
from cxr.worklist.audit.second_place import Comparison, SecondPlace
from cxr.worklist.audit.trail import AuditTrail
from cxr.worklist.backup.contents import Progress, contents_of, films_of_rows
from cxr.worklist.backup.database_file import check_database
from cxr.worklist.backup.manifest import (
    FILMS,
    BackupError,
    Manifest,
    read_manifest,
)
from cxr.worklist.backup.regular_file import content_of
from cxr.worklist.identity.pseudonym import KEY_FILE
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.migrations import NEWEST
from cxr.worklist.store.schema import CaseRow

SETTLING_SECONDS = 3.0
MOST_KEY_BYTES = 1024
BACK_UP_AGAIN = "Remove its file, if it is there, and back up again."


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified, and a line for each fault, without any patient's data.

    `half_written` counts files that a crash left, or that were being written.
    """

    faults: tuple[str, ...]
    films: int
    bytes: int
    half_written: int
    audit_lines: int
    audit_sha256: str
    notes: tuple[str, ...] = ()


class Verifying:
    """Verifies a database and its folder of films, also while they are in use.

    Parameters
    ----------
    second_place
        Where the end of the audit trail is recorded too.
    spare
        Films that may be there without a row.
    settling_seconds
        How long a film may be there before its row, and a row after its film was purged.
    remedy
        What to do about a film that is missing or damaged.
    """

    def __init__(
        self,
        database: Database,
        films: FilmFiles,
        second_place: SecondPlace | None = None,
        spare: Collection[str] = (),
        settling_seconds: float | None = None,
        remedy: str = "Add it again, or restore it from a backup.",
    ) -> None:
        self._remedy = remedy
        self._database = database
        self._films = films
        self._second_place = second_place
        self._spare = frozenset(spare)
        self._settling_seconds = SETTLING_SECONDS if settling_seconds is None else settling_seconds

    def verify(self, progress: Progress) -> Verification:
        """Read every film and every line of the audit trail.

        Raises
        ------
        WorklistError
            If the database cannot be read at all.
        """
        faults = [*self._database_faults(), *self._unmatched()]
        there = contents_of(self._films.folder)
        films = {sha256: size for sha256, size in there.films.items() if sha256 not in self._spare}
        for done, sha256 in enumerate(films):
            progress("films", done, len(films))
            faults += self._damage(sha256)
        trail = AuditTrail(self._database).verify()
        compared = self.recorded()
        faults += [*(f"Audit trail: {fault}" for fault in trail.faults), *compared.faults]
        return Verification(
            faults=tuple(faults),
            films=len(films),
            bytes=sum(films.values()),
            half_written=len(there.half_written),
            audit_lines=trail.lines,
            audit_sha256=trail.sha256,
            notes=compared.notes,
        )

    def recorded(self) -> Comparison:
        """Compare the audit trail with the second place in which its end is recorded, if any."""
        return self._second_place.compare(self._database) if self._second_place else Comparison()

    def _database_faults(self) -> Iterator[str]:
        with self._database.reading() as session:
            if session.get_bind().dialect.name == "sqlite":
                for (fault,) in session.execute(text("PRAGMA integrity_check(20)")):
                    if fault != "ok":
                        yield f"Database: {fault}"
                for table, *_ in session.execute(text("PRAGMA foreign_key_check")):
                    yield f"Database: a row of {table} refers to one that is missing"
            with_patient = session.scalar(
                select(func.count()).select_from(CaseRow).where(CaseRow.patient.is_not(None))
            )
        if with_patient and not (self._films.folder / KEY_FILE).is_file():
            yield (
                f"{KEY_FILE} is missing: films that come now are not matched with "
                f"{counted(with_patient, 'earlier study', 'earlier studies')} of their patients. "
                "Restore it from a backup."
            )

    def _unmatched(self) -> list[str]:
        """Compare rows and files; a difference that passes, as while a film is added, is not a fault."""
        lasting: list[str] | None = None
        until = 0.0
        while True:
            there = contents_of(self._films.folder)
            with self._database.reading() as session:
                wanted = films_of_rows(session)
            faults = [
                f"Case {case}: film {sha256[:12]} is missing. {self._remedy}"
                for sha256, case in wanted.items()
                if sha256 not in there.films
            ]
            faults += [
                f"Film {sha256[:2]}/{sha256} belongs to no study. Add it with 'cxr worklist add', or delete "
                "it."
                for sha256 in there.films
                if sha256 not in wanted and sha256 not in self._spare
            ]
            faults += [
                f"{other} in {self._films.folder} is not a film. Move it elsewhere." for other in there.others
            ]
            still = set(faults)
            if lasting is None:
                lasting, until = faults, time.monotonic() + self._settling_seconds
            else:
                lasting = [fault for fault in lasting if fault in still]
            if not lasting or time.monotonic() >= until:
                return lasting
            time.sleep(self._settling_seconds / 10)

    def _damage(self, sha256: str) -> list[str]:
        try:
            if self._films.holds(sha256) or not self._films.path(sha256).exists():
                return []
            return [f"Film {sha256[:2]}/{sha256} is damaged. {self._remedy}"]
        except OSError as error:
            return [f"Film {sha256[:2]}/{sha256} cannot be read ({error.strerror}). Check the disk."]


def verify_backup(folder: Path, progress: Progress) -> Verification:
    """Verify a backup without restoring it; nothing is written.

    Raises
    ------
    BackupError
        If the folder holds no complete backup.
    """
    manifest = read_manifest(folder)
    check_database(folder, manifest)
    if manifest.database.schema_version < NEWEST:
        raise BackupError(
            f"{folder} was made by version {manifest.program} of the program. Verify it with that version, "
            "or restore it, which upgrades it, and verify that."
        )
    films = FilmFiles(folder / FILMS)
    spare = [sha256 for sha256 in contents_of(films.folder).films if sha256 not in manifest.films]
    database = Database.at_rest(folder / manifest.database.name)
    try:
        verifying = Verifying(database, films, spare=spare, settling_seconds=0, remedy=BACK_UP_AGAIN)
        found = verifying.verify(progress)
        with database.reading() as session:
            rows = films_of_rows(session).keys()
    except WorklistError:
        raise BackupError(f"The database in {folder} cannot be read. Use another backup.") from None
    finally:
        database.engine.dispose()
    faults = list(found.faults)
    if not manifest.films.keys() <= rows:
        faults.append("The manifest names films that the database does not.")
    faults += key_fault(folder, manifest)
    return replace(found, faults=tuple(faults))


def key_fault(folder: Path, manifest: Manifest) -> list[str]:
    """What is wrong with the pseudonym key of a backup, if anything."""
    key = folder / FILMS / KEY_FILE
    if manifest.pseudonym_key_sha256 is None:
        return []
    with suppress(OSError):
        if hashlib.sha256(content_of(key, MOST_KEY_BYTES)).hexdigest() == manifest.pseudonym_key_sha256:
            return []
    return [f"{KEY_FILE} is missing or damaged: without it films are not matched with earlier ones."]
