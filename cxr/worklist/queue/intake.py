"""Films are added to the worklist: each is on disk and on the list before that is reported."""

import datetime
import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.clean import CleanFilm
from cxr.film.printable import printable
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.trail import Action, Entry, append
from cxr.worklist.identity.identities import Identities
from cxr.worklist.identity.privacy import Privacy
from cxr.worklist.queue.outbox import post
from cxr.worklist.queue.scoring_queue import CHANGED_FILE
from cxr.worklist.store.database import Database, told
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import UNSCORED, put_in_place, raise_as_requested, write_reasons
from cxr.worklist.store.schema import CaseRow, OutboxRow

NAME_LENGTH = 255
AGAIN = (FilmErrorCode.FAILED, FilmErrorCode.NOT_FOUND, CHANGED_FILE)
"""Reasons that may be gone once the same film is added again: the program or its file was at fault."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A film that is on the worklist: as a new case, or as the duplicate of one under `known_as`.

    `again` is set where a known film is scored again: it failed before, another population is stated, or its
    pixels had been removed. `refused` says why nothing of a file is kept but its row.
    """

    number: int
    name: str
    known_as: str | None = None
    again: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Added:
    """A file that is being added: what may be kept of it, or the error that says why nothing may."""

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
    """Adds films to the worklist. What identifies a patient is not kept, or is encrypted.

    Parameters
    ----------
    privacy
        Removes it from the files that are kept.
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
        """Add a film to the worklist; once this returns, neither a crash nor a restart loses it.

        The same content twice is one case. One that was dismissed comes back; one whose population is stated
        differently, or on which the program failed, is scored again, unless somebody has read it: what the
        reader saw stays beside the finding. Of a file in which identifiers cannot be told from the rest, only
        the row is kept, refused with its reason.

        Parameters
        ----------
        wants_result
            Whether the result goes back to the PACS.
        only_new
            Leave an existing case as it is: for programs that add the same files again and again.

        Raises
        ------
        WorklistError
            Where the film could not be saved: then it is not on the worklist.
        """
        with told():
            film = self._privacy.clean(content)
            if isinstance(film, CleanFilm):
                sha256 = self._films.keep(film.content)
            else:
                sha256 = hashlib.sha256(content).hexdigest()
        one = _Added(printable(name[:NAME_LENGTH]), sha256, film, stated, who, wants_result)
        try:
            return self._new(one)
        except _Known:
            return self._as_it_is(one) if only_new else self._known(one)

    def _new(self, one: _Added) -> Accepted:
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
            self._keep_identity(session, row.id, one)
            append(session, [replace(entry, case=row.id) for entry in entries], now)
            return Accepted(row.id, one.name, refused=one.refused)

    def _known(self, one: _Added) -> Accepted:
        with self._database.writing() as session:
            row = session.scalars(
                select(CaseRow).where(CaseRow.sha256 == one.sha256).with_for_update(key_share=True)
            ).one()
            row.set_aside_at = None
            again = False
            if isinstance(one.film, CleanFilm):
                # A purge may have removed the file a moment ago; none does while the row is held.
                self._films.keep(one.film.content)
                again = _score_again(row, one.stated)
                _describe(row, one.film, datetime.datetime.now(datetime.UTC))
                corrected = self._keep_identity(session, row.id, one)
                # A PACS that sends a study again for each result in it would never come to rest.
                unsent = session.get(OutboxRow, row.id) is None
                if one.wants_result and row.scored_at and (unsent or corrected):
                    post(session, [row.id], row.scored_at)
            row.version += 1
            details = {"scored again": again}
            append(session, [Entry(one.who, Action.HANDED_IN_AGAIN, row.id, details=details)])
            return Accepted(row.id, one.name, known_as=row.name, again=again, refused=one.refused)

    def _as_it_is(self, one: _Added) -> Accepted:
        with self._database.reading() as session:
            row = session.scalars(select(CaseRow).where(CaseRow.sha256 == one.sha256)).one()
            return Accepted(row.id, one.name, known_as=row.name, refused=one.refused)

    def _keep_identity(self, session: Session, case: int, one: _Added) -> bool:
        """Encrypt what identifies the patient, and report whether it differs from before."""
        if not isinstance(one.film, CleanFilm) or one.film.identity is None:
            return False
        return self._identities.keep(session, case, one.film.identity, one.wants_result)


class _Known(Exception):
    """The film is on the worklist already."""


def _describe(row: CaseRow, film: CleanFilm | FilmError, now: datetime.datetime) -> None:
    """Fill a row from the file's header, or with the reason why nothing of the file is kept."""
    if isinstance(film, CleanFilm):
        row.patient = film.pseudonym or row.patient
        raise_as_requested(row, film.requested)
    else:
        row.flag, row.scored_at = Flag.REFUSED, now
        write_reasons(row, (Reason(film.code, film.sentence),))
    put_in_place(row)


def _score_again(row: CaseRow, stated: Population) -> bool:
    """Queue a known film for scoring again where there is reason to, and report whether there is."""
    restated = stated not in (row.stated, Population.UNKNOWN)
    failed = any(reason["code"] in AGAIN for reason in row.reasons)
    if row.purged_at is None and (row.read_at is not None or not (restated or failed)):
        return False
    row.stated = stated if restated else row.stated
    row.purged_at = None
    for column, value in UNSCORED.items():
        setattr(row, column, value)
    return True
