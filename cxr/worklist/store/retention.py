"""How long films of read cases are kept: pixels and identifiers are removed, the reading stays."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.identity.identities import Identities
from cxr.worklist.store.database import Database
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.schema import CaseRow, FilmRow, OutboxRow

BLOCK = 500
PIXELS = ("thumbnail", "heat", "heat_rows", "heat_contour")


@dataclass(frozen=True, slots=True)
class Purged:
    """Cases whose pixels were, or would be, removed, and the size of their files in bytes."""

    cases: tuple[int, ...]
    bytes: int


class Retention:
    """Remove the pixels of cases that were read, or dismissed, long enough ago."""

    def __init__(self, database: Database, films: FilmFiles) -> None:
        self._database = database
        self._files = films

    def purge(self, keep: datetime.timedelta, who: str, dry_run: bool = False) -> Purged:
        """Remove film files, thumbnails and heat maps; with `dry_run` only report what would be removed.

        Files are removed before the rows say so, in one transaction: the next purge completes what a crash
        interrupted, and a film that is added again meanwhile waits until its file can be written.
        """
        before = datetime.datetime.now(datetime.UTC) - keep
        cases: list[int] = []
        size = 0
        while True:
            after = cases[-1] if cases else 0
            block, freed = self._block(before, after, who, dry_run)
            if not block:
                return Purged(tuple(cases), size)
            cases += block
            size += freed

    def _block(self, before: datetime.datetime, after: int, who: str, dry_run: bool) -> tuple[list[int], int]:
        """Remove the pixels of some cases, and return their numbers and the bytes freed."""
        waiting = select(OutboxRow.film_id).where(OutboxRow.next_try.is_not(None))
        query = (
            select(CaseRow)
            .where(CaseRow.id > after, CaseRow.films.any(FilmRow.purged_at.is_(None)))
            .where((CaseRow.read_at < before) | (CaseRow.dismissed_at < before))
            # Without the film and its identifiers a result could no longer be made.
            .where(~CaseRow.films.any(FilmRow.id.in_(waiting)))
            .order_by(CaseRow.id)
            .limit(BLOCK)
        )
        if dry_run:
            with self._database.reading() as session:
                rows = list(session.scalars(query))
                return [row.id for row in rows], sum(self._files.size(film.sha256) for film in _kept(rows))
        with self._database.writing() as session:
            rows = list(session.scalars(query.with_for_update(key_share=True)))
            now = datetime.datetime.now(datetime.UTC)
            films = _kept(rows)
            freed = 0
            for film in films:
                freed += self._files.remove(film.sha256)
                film.purged_at = now
                for column in PIXELS:
                    setattr(film, column, None)
            for row in rows:
                row.version += 1
            Identities.forget(session, [film.id for film in films])
            append(session, [Entry(who, Action.PURGED, row.id, _model(row)) for row in rows], now)
            return [row.id for row in rows], freed


def _kept(rows: Sequence[CaseRow]) -> list[FilmRow]:
    return [film for row in rows for film in row.films if film.purged_at is None]


def _model(row: CaseRow) -> str | None:
    return next((film.bundle_version for film in row.films if film.bundle_version), None)
