"""Add films: each is on disk and on the list before its arrival is confirmed."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cxr.film import FilmError, Population
from cxr.film.clean import CleanFilm
from cxr.film.printable import printable
from cxr.film.uids import short_uid
from cxr.triage.flag import Flag, Reason
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.identity.identities import Identities
from cxr.worklist.identity.patients import forget_others, keep_others, matched
from cxr.worklist.identity.privacy import Privacy
from cxr.worklist.queue.added_film import Accepted, AddedFilm, DecodeFirst
from cxr.worklist.queue.case_of_study import case_for, moved_to_study
from cxr.worklist.queue.known_film import (
    AddedMeanwhile,
    film_of_header,
    find_film,
    has_nothing_else,
    names_another,
    twins_of,
)
from cxr.worklist.queue.outbox import post
from cxr.worklist.queue.resends import Resends
from cxr.worklist.store.database import Database, WorklistError, worklist_errors
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import raise_as_requested, update_priority, write_reasons
from cxr.worklist.store.schema import CaseRow, FilmRow, OutboxRow

NAME_LENGTH = 255
TRIES = 5
ANOTHER_PATIENT, NO_PATIENT = "Patient ID: another patient", "Patient ID: no patient"
NOT_REDACTED = (
    "The film that is on the worklist was redacted, and this copy of it could not be redacted alike. It was "
    "not added."
)
NOT_SENT = {"other Patient IDs", "identifiers added"}
"""Changes of the identifiers for which no result is replaced: none carries them, or a purge removed what it
carried."""


class Intake:
    """Adds films. What identifies a patient is not kept, or encrypted.

    Parameters
    ----------
    privacy
        De-identifies the files that are kept.
    """

    def __init__(
        self, database: Database, films: FilmFiles, privacy: Privacy, identities: Identities
    ) -> None:
        self._database = database
        self._films = films
        self._privacy = privacy
        self._identities = identities
        self._resends = Resends(films)

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

        Films of one study, by Study Instance UID, share a case; one that comes after the case was read or
        dismissed puts it on the list again. A film is known by its SOP Instance UID, a picture by its hash.
        One that is sent again is updated, and scored again only if pixels, age or view changed, if its
        population is stated differently, or if the program failed on it, and not if somebody has read it:
        what the reader saw stays beside the finding, also if its pixels had been removed. Sent again for
        another study, it moves there. The same UID with other pixels, or with pixels that cannot be kept and
        another patient, is kept beside the first as a conflict. Of a file in which a patient's identifiers
        cannot be found, only the row is kept; of one whose header can be read, also the identifiers,
        encrypted as those of every film.

        Parameters
        ----------
        wants_result
            Whether the result goes back to the PACS.
        only_new
            Leave a film that is there already as it is: for programs that add the same files repeatedly.

        Raises
        ------
        WorklistError
            If the film could not be stored: then it is not on the worklist.
        """
        with worklist_errors():
            film = self._privacy.clean(content)
            if isinstance(film, CleanFilm):
                sha256 = self._films.keep(film.content)
            else:
                sha256 = self._films.sha256_of(content)
            study, uid = self._privacy.uids_of(film)
            accession = self._privacy.accession_of(film)
        name = printable(name[:NAME_LENGTH])
        one = AddedFilm(name, sha256, film, stated, who, wants_result, study, uid, accession)
        tries = TRIES
        while tries:
            try:
                return self._add(one, only_new)
            except DecodeFirst as needed:
                tries -= not _decode(needed)
            except AddedMeanwhile:
                tries -= 1
        raise WorklistError("The worklist is too busy to add this film. Add it again.")

    def knows(self, uid: str) -> bool:
        """Whether the film of a SOP Instance UID is on the worklist."""
        with self._database.reading() as session:
            identity = short_uid(self._privacy.uid_key(uid))
            return session.scalar(select(FilmRow.id).where(FilmRow.identity == identity)) is not None

    def _add(self, one: AddedFilm, only_new: bool) -> Accepted:
        with self._database.writing() as session:
            known = find_film(session, one)
            if known is None:
                return self._new(session, one)
            before = {known.sha256, *(twin.sha256 for twin in twins_of(session, known))}
            if only_new:
                accepted = Accepted(
                    known.case_id, one.name, known_as=known.name, refused=one.refused, film=known.id
                )
            else:
                try:
                    accepted = self._known(session, known, one)
                    session.flush()
                except IntegrityError:
                    raise AddedMeanwhile from None
        if before != {one.sha256}:
            self._remove_unused(accepted.number, before | {one.sha256})
        return accepted

    def _remove_unused(self, case: int, files: set[str]) -> None:
        """Remove what no film refers to, such as an annotation that came again, while the case is locked."""
        with self._database.writing() as session:
            session.scalars(
                select(CaseRow.id).where(CaseRow.id == case).with_for_update(key_share=True)
            ).all()
            used = session.scalars(
                select(FilmRow.sha256).where(FilmRow.sha256.in_(files), FilmRow.purged_at.is_(None))
            )
            for sha256 in files - set(used):
                self._films.remove(sha256)

    def _new(self, session: Session, one: AddedFilm, conflicts_with: FilmRow | None = None) -> Accepted:
        now = datetime.datetime.now(datetime.UTC)
        patient = matched(session, one.header.patient) if one.header else None
        row, details = case_for(session, one, patient, now, conflicts_with)
        film = FilmRow(
            case=row,
            # Of two films with one UID the first goes by it.
            identity=one.sha256 if conflicts_with else one.identity,
            sha256=one.sha256,
            name=one.name,
            arrived_at=now,
            stated=one.stated,
            age_years=one.age_years,
            population=one.population,
            conflicts_with=conflicts_with.id if conflicts_with else None,
            **{"reasons": [], "inverted": False, "orientation": 0, "overruled": False, "attempts": 0},
        )
        entries = [Entry(one.who, Action.ACCEPTED, details={"sha256": one.sha256, **details})]
        if isinstance(one.film, FilmError):
            film.flag, film.scored_at = Flag.REFUSED, now
            write_reasons(film, (Reason(one.film.code, one.film.sentence),))
            entries.append(Entry(one.who, Action.REFUSED, details={"reasons": one.film.code}))
        if one.header:
            raise_as_requested(row, one.header.requested)
        if inspect(row).transient:
            update_priority(row)  # no column of a priority may be empty
        session.add(film)
        try:
            session.flush()
        except IntegrityError:
            raise AddedMeanwhile from None
        update_priority(row)
        if one.header:
            keep_others(session, film.id, one.header.patient)
        self._keep_identity(session, film.id, one)
        if film.scored_at:
            post(session, [film.id], now)
        whole = [replace(entry, case=row.id, details={"film": film.id, **entry.details}) for entry in entries]
        append(session, whole, now)
        return Accepted(
            row.id, one.name, refused=one.refused, film=film.id, conflict=conflicts_with is not None
        )

    def _known(self, session: Session, film: FilmRow, one: AddedFilm) -> Accepted:
        """Update a film that is sent again, in the transaction of a session that holds its case."""
        details: dict[str, Detail] = {"film": film.id}
        again, corrected = False, tuple[str, ...]()
        if isinstance(one.film, CleanFilm):
            first, changed = film, self._resends.compared(film, one)
            for twin in twins_of(session, first) if changed.other_pixels else ():
                if not self._films.holds(twin.sha256) and names_another(session, twin, one):
                    continue  # with nothing to compare, it is a stranger's
                changed = self._resends.compared(twin, one)
                if not changed.other_pixels:
                    film = twin
                    details["film"] = film.id
                    break
            if changed.other_pixels:
                return self._new(session, one, conflicts_with=first)
            forget_others(session, film.id)
            patient = matched(session, one.film.patient)
            keep_others(session, film.id, one.film.patient)
            before = film.case.patient
            details |= moved_to_study(session, film, one, patient)
            again = self._resends.update(film, one, changed)
            corrected = self._keep_identity(session, film.id, one)
            words = [*corrected, *changed.words]
            row = film.case
            row.accession = one.accession or row.accession
            if patient and patient != row.patient:
                assert one.film.patient
                row.patient, row.patient_number = patient, one.film.patient.number
            elif patient is None and row.patient and len(row.films) == 1:
                row.patient = row.patient_number = None
            words += _patient_changed(film, before, row.patient)
            details["scored again"] = again
            if words:
                details["changed"] = ", ".join(dict.fromkeys(words))
            raise_as_requested(row, one.film.requested)
        else:
            found = film_of_header(session, film, one)
            if found is None:
                return self._new(session, one, conflicts_with=film)
            film = found
            details |= {"film": film.id, "reasons": one.film.code}
            if has_nothing_else(session, film, one) and (
                corrected := self._keep_identity(session, film.id, one)
            ):
                details["changed"] = ", ".join(corrected)
        # A PACS that sends a study again for each result in it would never stop.
        unsent = session.get(OutboxRow, film.id) is None
        if one.wants_result and film.scored_at and (unsent or set(corrected) - NOT_SENT):
            post(session, [film.id], film.scored_at)
        row = film.case
        row.dismissed_at = None
        row.version += 1
        update_priority(row)
        append(session, [Entry(one.who, Action.ADDED_AGAIN, row.id, details=details)])
        return Accepted(row.id, one.name, known_as=film.name, again=again, refused=one.refused, film=film.id)

    def _keep_identity(self, session: Session, film: int, one: AddedFilm) -> tuple[str, ...]:
        """Encrypt and store the original identifiers, and return which of them changed, in words."""
        if one.header is None or one.header.identity is None:
            return ()
        return self._identities.keep(session, film, one.header.identity, one.wants_result)


def _decode(needed: DecodeFirst) -> bool:
    """Decode outside of the transaction; false where the film that is kept was removed meanwhile."""
    with worklist_errors():
        try:
            needed.decode()
        except FileNotFoundError:
            return False
        except FilmError:
            raise WorklistError(NOT_REDACTED) from None
    return True


def _patient_changed(film: FilmRow, before: str | None, after: str | None) -> tuple[str, ...]:
    """Note on a film that its case has become another patient's, and return it in words."""
    if before == after:
        return ()
    if before is None:
        return ("Patient ID",)
    # Corrected back, it is where it first was.
    back = after is not None and film.patient_before == after
    film.patient_before = None if back else film.patient_before or before
    return (ANOTHER_PATIENT if after else NO_PATIENT,)
