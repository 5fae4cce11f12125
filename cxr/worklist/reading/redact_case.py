"""Text that is burnt into a film goes: the film on the worklist becomes one without it."""

import hashlib
from collections.abc import Collection

from sqlalchemy import select

from cxr.film.redaction import Corner
from cxr.film.sandbox import redacted
from cxr.worklist.audit.trail import Action, Entry, append
from cxr.worklist.case import Case
from cxr.worklist.reading.desk import ChangedError, NotPossibleError, PurgedError
from cxr.worklist.store.database import Database, told
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import UNSCORED, case_of, put_in_place
from cxr.worklist.store.schema import CaseRow


class Redaction:
    """Black out corners of films that are on the worklist."""

    def __init__(self, database: Database, films: FilmFiles) -> None:
        self._database = database
        self._films = films

    def corners(self, seen: Case, who: str, corners: Collection[Corner], width: float, height: float) -> Case:
        """Black out corners of a case's film for good, and have it scored anew.

        Parameters
        ----------
        width, height
            Of a box, as shares of the film's (see `blacken`).

        Raises
        ------
        NotPossibleError
            Where no corner is named, or the same film without the text is on the worklist already.
        PurgedError, ChangedError
            Where the film is no longer kept, or somebody changed the case meanwhile.
        FilmError
            Where the film cannot be read.
        """
        if not corners:
            raise NotPossibleError("Choose the corners that are to be blacked out.")
        if seen.purged_at:
            raise PurgedError
        with self._database.writing() as session:
            query = select(CaseRow).where(CaseRow.id == seen.number).with_for_update(key_share=True)
            row = session.scalars(query).one()
            if row.version != seen.version:
                raise ChangedError
            with told():
                content = self._films.path(row.sha256).read_bytes()
            clean = redacted(content, corners, width, height, row.turned)
            sha256 = hashlib.sha256(clean).hexdigest()
            if session.scalar(select(CaseRow.id).where(CaseRow.sha256 == sha256)):
                raise NotPossibleError("The same film with these corners black is on the worklist already.")
            row.sha256 = self._films.keep(clean)
            for column, value in UNSCORED.items():
                setattr(row, column, value)
            row.thumbnail = None
            put_in_place(row)
            row.version += 1
            details = {"film": sha256, "corners": ", ".join(sorted(corners))}
            append(session, [Entry(who, Action.BLACKED_OUT, row.id, details=details)])
            case = case_of(row)
        # After the row names the new film: a crash here leaves a film too many, and never one too few.
        with told():
            self._films.remove(seen.sha256)
        return case
