"""Remove burned-in annotations from films on the worklist."""

from collections.abc import Collection

from sqlalchemy import select

from cxr.film.redaction import Corner
from cxr.film.sandbox import redacted
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.case import Case
from cxr.worklist.reading.not_possible import ChangedError, NotPossibleError, PurgedError
from cxr.worklist.store.database import Database, worklist_errors
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import case_of, unscore, update_priority
from cxr.worklist.store.schema import CaseRow, FilmRow


class Redaction:
    """Redacts corners of films."""

    def __init__(self, database: Database, films: FilmFiles) -> None:
        self._database = database
        self._films = films

    def corners(self, seen: Case, who: str, corners: Collection[Corner], width: float, height: float) -> Case:
        """Redact corners of the film that the case is about permanently, and have it scored again.

        Parameters
        ----------
        width, height
            Of a box, as shares of the film's (see `redact_corners`).

        Raises
        ------
        NotPossibleError
            If no corner is named, or the redacted film is already on the worklist.
        PurgedError, ChangedError
            If the film is no longer kept, or somebody changed the case in the meantime.
        FilmError
            If the film cannot be read.
        """
        if not corners:
            raise NotPossibleError("Choose the corners to redact.")
        if seen.purged_at:
            raise PurgedError
        with self._database.reading() as session:
            _unchanged(session.get(CaseRow, seen.number), seen)
        with worklist_errors():
            content = self._films.path(seen.sha256).read_bytes()
        in_file = [corner.in_file(seen.orientation) for corner in corners]
        across, down = (height, width) if seen.orientation.sideways else (width, height)
        # Before the transaction: decoding takes seconds, in which nobody else could write.
        clean = redacted(content, in_file, across, down, seen.inverted)
        sha256 = self._films.sha256_of(clean)
        with self._database.writing() as session:
            query = select(CaseRow).where(CaseRow.id == seen.number).with_for_update(key_share=True)
            row = _unchanged(session.scalars(query).one_or_none(), seen)
            film = next(film for film in row.films if film.id == seen.film_number)
            if session.scalar(select(FilmRow.id).where(FilmRow.sha256 == sha256)):
                raise NotPossibleError(
                    "The same film with these corners redacted is already on the worklist."
                )
            film.sha256 = self._films.keep(clean)
            # The film may be sent again, with the annotation.
            film.redaction = {
                "corners": sorted({*in_file, *(film.redaction or {}).get("corners", ())}),
                "width": max(across, (film.redaction or {}).get("width", 0)),
                "height": max(down, (film.redaction or {}).get("height", 0)),
            }
            unscore(film)
            film.thumbnail = None
            update_priority(row)
            row.version += 1
            details: dict[str, Detail] = {
                "film": film.id,
                "sha256": sha256,
                "corners": ", ".join(sorted(corners)),
            }
            append(session, [Entry(who, Action.REDACTED, row.id, details=details)])
            case = case_of(row)
        # Only once the row refers to the new file: a crash here leaves a file too many, never one too few.
        with worklist_errors():
            self._films.remove(seen.sha256)
        return case


def _unchanged(row: CaseRow | None, seen: Case) -> CaseRow:
    """Return a case that is as it was seen, so that its film is the one that was decoded."""
    if row is None or row.version != seen.version:
        raise ChangedError
    return row
