"""Films come in: each is on disk and on the list before anybody is told so."""

import datetime
import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.clean import CleanFilm
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.trail import Action, Entry, append
from cxr.worklist.case import printable
from cxr.worklist.identity.identities import Identities
from cxr.worklist.identity.privacy import Privacy
from cxr.worklist.queue.outbox import post
from cxr.worklist.queue.scoring_queue import CHANGED_FILE
from cxr.worklist.store.database import Database, worklist_errors
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import UNSCORED, raise_as_requested, set_priority, write_reasons
from cxr.worklist.store.schema import CaseRow, OutboxRow

NAME_LENGTH = 255
AGAIN = (FilmErrorCode.FAILED, FilmErrorCode.NOT_FOUND, CHANGED_FILE)
"""Reasons that may be gone once the same film comes again: they lay with the program or with its file."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A film that is on the worklist: as a new case, or as the one of a name that it had already.

    `again` says that a known film is scored once more: it failed before, its population is stated anew, or
    its pixels had been removed. `refused` says why nothing of a file is kept but its row.
    """

    number: int
    name: str
    known_as: str | None = None
    again: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _HandedIn:
    """A file at the door: what may be kept of it, or the error that says why nothing may."""

    name: str
    sha256: str
    film: CleanFilm | FilmError
    stated: Population
    who: str
    wants_result: bool

    @property
    def refused(self) -> str | None:
        return self.film.sentence if isinstance(self.film, FilmError) else None


class Intake:
    """The door of the worklist. What tells who a film is of stays outside, or goes under seal.

    Parameters
    ----------
    privacy
        Takes it out of the files that are kept.
    """

    def __init__(
        self, database: Database, films: FilmFiles, privacy: Privacy, identities: Identities
    ) -> None:
        self._database = database
        self._films = films
        self._privacy = privacy
        self._identities = identities

    def accept(
        self,
        name: str,
        content: bytes,
        stated: Population,
        who: str,
        wants_result: bool = False,
        only_new: bool = False,
    ) -> Accepted:
        """Put a film on the worklist; once this returns, neither a crash nor a restart loses it.

        The same content twice is one case. One that was set aside comes back; one whose population is
        stated otherwise than before, or on which the program failed, is scored once more, unless somebody has
        read it: what the reader saw stays beside the finding. Of a file in which
        nobody can tell what names a patient, the row alone is kept, refused with its reason.

        Parameters
        ----------
        wants_result
            Whether what is said of the film goes back to the PACS.
        only_new
            Leave a case that is there already as it is: for programs that hand in the same files again and
            again.

        Raises
        ------
        WorklistError
            Where the film could not be written down: then it is not on the worklist.
        """
        with worklist_errors():
            film = self._privacy.clean(content)
            if isinstance(film, CleanFilm):
                sha256 = self._films.keep(film.content)
            else:
                sha256 = hashlib.sha256(content).hexdigest()
        one = _HandedIn(printable(name[:NAME_LENGTH]), sha256, film, stated, who, wants_result)
        try:
            return self._new(one)
        except _Known:
            return self._as_it_is(one) if only_new else self._known(one)

    def _new(self, one: _HandedIn) -> Accepted:
        now = datetime.datetime.now(datetime.UTC)
        row = CaseRow(sha256=one.sha256, name=one.name, stated=one.stated, arrived_at=now, reasons=[])
        _describe(row, one.film, now)
        entries = [Entry(one.who, Action.ACCEPTED, details={"film": one.sha256})]
        if isinstance(one.film, FilmError):
            entries.append(Entry(one.who, Action.REFUSED, details={"reasons": one.film.code}))
        with self._database.writing() as session:
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                raise _Known from None
            self._seal(session, row.id, one)
            append(session, [replace(entry, case=row.id) for entry in entries], now)
            return Accepted(row.id, one.name, refused=one.refused)

    def _known(self, one: _HandedIn) -> Accepted:
        with self._database.writing() as session:
            row = session.scalars(
                select(CaseRow).where(CaseRow.sha256 == one.sha256).with_for_update(key_share=True)
            ).one()
            row.dismissed_at = None
            again = False
            if isinstance(one.film, CleanFilm):
                # A purge may have removed the file a moment ago; none does while the row is held.
                self._films.keep(one.film.content)
                again = _score_again(row, one.stated)
                _describe(row, one.film, datetime.datetime.now(datetime.UTC))
                corrected = self._seal(session, row.id, one)
                # A PACS that sends a study again for each result in it would never come to rest.
                unsent = session.get(OutboxRow, row.id) is None
                if one.wants_result and row.scored_at and (unsent or corrected):
                    post(session, [row.id], row.scored_at)
            row.version += 1
            details = {"scored again": again}
            append(session, [Entry(one.who, Action.ADDED_AGAIN, row.id, details=details)])
            return Accepted(row.id, one.name, known_as=row.name, again=again, refused=one.refused)

    def _as_it_is(self, one: _HandedIn) -> Accepted:
        with self._database.reading() as session:
            row = session.scalars(select(CaseRow).where(CaseRow.sha256 == one.sha256)).one()
            return Accepted(row.id, one.name, known_as=row.name, refused=one.refused)

    def _seal(self, session: Session, case: int, one: _HandedIn) -> bool:
        """Seal what tells who the film is of, and say whether it is other than before."""
        if not isinstance(one.film, CleanFilm) or one.film.identity is None:
            return False
        return self._identities.keep(session, case, one.film.identity, one.wants_result)


class _Known(Exception):
    """The film is on the worklist already."""


def _describe(row: CaseRow, film: CleanFilm | FilmError, now: datetime.datetime) -> None:
    """Write into a row what the file's header says, or why nothing of the file is kept."""
    if isinstance(film, CleanFilm):
        row.patient = film.pseudonym or row.patient
        raise_as_requested(row, film.requested)
    else:
        row.flag, row.scored_at = Flag.REFUSED, now
        write_reasons(row, (Reason(film.code, film.sentence),))
    set_priority(row)


def _score_again(row: CaseRow, stated: Population) -> bool:
    """Let a known film wait for a new score where there is reason to, and say whether there is."""
    restated = stated not in (row.stated, Population.UNKNOWN)
    failed = any(reason["code"] in AGAIN for reason in row.reasons)
    if row.purged_at is None and (row.read_at is not None or not (restated or failed)):
        return False
    row.stated = stated if restated else row.stated
    row.purged_at = None
    for column, value in UNSCORED.items():
        setattr(row, column, value)
    return True
