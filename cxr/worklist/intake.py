"""Films come in: each is on disk and on the list before anybody is told so."""

import datetime
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cxr.film import FilmErrorCode, Population
from cxr.worklist.audit import Action, Entry, append
from cxr.worklist.case import printable
from cxr.worklist.database import Database, told
from cxr.worklist.film_files import FilmFiles
from cxr.worklist.rows import UNSCORED, put_in_place
from cxr.worklist.schema import CaseRow

NAME_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Accepted:
    """A film that is on the worklist: as a new case, or as the one of a name that it had already.

    `again` says that a known film is scored once more: it failed before, its population is stated anew, or
    its pixels had been removed.
    """

    number: int
    name: str
    known_as: str | None = None
    again: bool = False


class Intake:
    """The door of the worklist."""

    def __init__(self, database: Database, films: FilmFiles) -> None:
        self._database = database
        self._films = films

    def accept(self, name: str, content: bytes, stated: Population, who: str) -> Accepted:
        """Put a film on the worklist; once this returns, neither a crash nor a restart loses it.

        The same content twice is one case. One that was set aside comes back; one whose population is
        stated otherwise than before, or on which the program failed, is scored once more.

        Raises
        ------
        WorklistError
            Where the film could not be written down: then it is not on the worklist.
        """
        with told():
            sha256 = self._films.keep(content)
        try:
            return self._new(name, sha256, stated, who)
        except _Known:
            return self._known(name, content, sha256, stated, who)

    def _new(self, name: str, sha256: str, stated: Population, who: str) -> Accepted:
        row = CaseRow(
            sha256=sha256,
            name=printable(name[:NAME_LENGTH]),
            stated=stated,
            arrived_at=datetime.datetime.now(datetime.UTC),
            reasons=[],
        )
        put_in_place(row)
        with self._database.writing() as session:
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                raise _Known from None
            append(session, [Entry(who, Action.ACCEPTED, row.id, details={"film": sha256})], row.arrived_at)
            return Accepted(row.id, name)

    def _known(self, name: str, content: bytes, sha256: str, stated: Population, who: str) -> Accepted:
        with self._database.writing() as session:
            row = session.scalars(
                select(CaseRow).where(CaseRow.sha256 == sha256).with_for_update(key_share=True)
            ).one()
            # A purge may have removed the file a moment ago; none does while the row is held.
            self._films.keep(content)
            row.set_aside_at = None
            restated = stated not in (row.stated, Population.UNKNOWN)
            failed = any(reason["code"] == FilmErrorCode.FAILED for reason in row.reasons)
            again = restated or failed or row.purged_at is not None
            if again:
                row.stated = stated if restated else row.stated
                row.purged_at = None
                for column, value in UNSCORED.items():
                    setattr(row, column, value)
                put_in_place(row)
            row.version += 1
            append(session, [Entry(who, Action.HANDED_IN_AGAIN, row.id, details={"scored again": again})])
            return Accepted(row.id, name, known_as=row.name, again=again)


class _Known(Exception):
    """The film is on the worklist already."""
