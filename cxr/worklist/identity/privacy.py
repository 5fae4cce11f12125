"""What is kept of an added film, so that its file does not identify the patient."""

from collections.abc import Collection

from cxr.film import FilmError
from cxr.film.clean import CleanFilm
from cxr.film.deidentify import Keep, replaced_uid
from cxr.film.sandbox import clean_film
from cxr.film.uids import short_uid, uids_of
from cxr.worklist.identity.pseudonym import Pseudonyms

DEFAULT_KEEP = (Keep.PATIENT_CHARACTERISTICS,)


class Privacy:
    """De-identifies film files with the worklist's own key.

    Parameters
    ----------
    pseudonyms
        Of patients; the same key also replaces UIDs.
    keep
        Options of the de-identification profile (PS3.15 E.3).
    """

    def __init__(self, pseudonyms: Pseudonyms, keep: Collection[Keep] = DEFAULT_KEEP) -> None:
        self._pseudonyms = pseudonyms
        self._keep = keep

    def clean(self, content: bytes) -> CleanFilm | FilmError:
        """De-identify a file, or return the reason why nothing of it can be kept."""
        try:
            return clean_film(content, self._pseudonyms.key, self._keep)
        except FilmError as error:
            return error

    def uid_key(self, uid: str) -> str:
        """Return the UID that stands for a study's or a film's own UID in de-identified files."""
        return uid if Keep.UIDS in self._keep else replaced_uid(self._pseudonyms.key, uid)

    def accession_key(self, number: str) -> str | None:
        """Return the keyed hash by which an accession number is known; None for an empty one."""
        number = number.strip()
        return self._pseudonyms.of(f"AccessionNumber\\{number}") if number else None

    def accession_of(self, film: CleanFilm | FilmError) -> str | None:
        """Return that hash for the study of a film; None where its file names no accession number."""
        held = film if isinstance(film, CleanFilm) else film.header
        return self.accession_key(held.identity.text("AccessionNumber")) if held and held.identity else None

    def uids_of(self, film: CleanFilm | FilmError) -> tuple[str | None, str | None]:
        """Return the UIDs that stand for a film's study and for itself; None where its file has none."""
        if isinstance(film, CleanFilm):
            return uids_of(film.content)
        if film.header is None or film.header.identity is None:
            return None, None
        known = (film.header.identity.text(name) for name in ("StudyInstanceUID", "SOPInstanceUID"))
        study, uid = (short_uid(self.uid_key(one)) if one else None for one in known)
        return study, uid
