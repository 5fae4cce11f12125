"""Original identifiers of DICOM films, encrypted with the clinic's key in one table and nowhere else."""

from collections.abc import Collection

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cxr.film.corrections import corrected
from cxr.film.identity import Identity
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import FilmRow, IdentityRow


def new_key() -> str:
    """Make a key for `Identities`."""
    return Fernet.generate_key().decode()


class Identities:
    """The table of original identifiers.

    Parameters
    ----------
    key
        A Fernet key (AES-128 and HMAC-SHA-256, 44 characters of base64); without one nothing is kept.

    Raises
    ------
    WorklistError
        If the key is not a valid key.
    """

    def __init__(self, database: Database, key: str | None) -> None:
        self._database = database
        try:
            self._fernet = Fernet(key) if key else None
        except ValueError:
            raise WorklistError(
                "CXR_IDENTITY_KEY is not a valid key. Make one with 'python -m cxr worklist key'."
            ) from None

    def keep(self, session: Session, film: int, identity: Identity, wants_result: bool) -> tuple[str, ...]:
        """Encrypt and store the identifiers of a film; return what changed in them, in words.

        The latest ones apply: a clinic corrects a name by sending the film again.

        Parameters
        ----------
        wants_result
            Whether the result goes back to the PACS.
        """
        if self._fernet is None:
            return ()
        row = session.get(IdentityRow, film)
        if row is None:
            encrypted = self._fernet.encrypt(identity.json.encode())
            session.add(IdentityRow(film_id=film, encrypted=encrypted, wants_result=wants_result))
            return ("identifiers added",)
        row.wants_result = row.wants_result or wants_result
        kept, words = corrected(self._decrypted(row.encrypted), identity)
        if kept is not None:
            row.encrypted = self._fernet.encrypt(kept.json.encode())
        return words

    def of(self, numbers: Collection[int]) -> dict[int, Identity]:
        """Decrypt the identifiers of cases by number, from the latest film; cases without any are left out.

        Raises
        ------
        WorklistError
            If they were encrypted with another key.
        """
        if self._fernet is None or not numbers:
            return {}
        with self._database.reading() as session:
            query = select(FilmRow.case_id, IdentityRow.encrypted).join(
                IdentityRow, IdentityRow.film_id == FilmRow.id
            )
            rows = session.execute(query.where(FilmRow.case_id.in_(numbers)).order_by(FilmRow.id))
            tokens = {case: token for case, token in rows}
        return {case: self._decrypted(token) for case, token in tokens.items()}

    def of_film(self, number: int) -> Identity | None:
        """Decrypt the identifiers of a film, if it has any (see `of`)."""
        if self._fernet is None:
            return None
        with self._database.reading() as session:
            row = session.get(IdentityRow, number)
            return self._decrypted(row.encrypted) if row else None

    def check(self) -> None:
        """Decrypt the latest identifiers, to check the key.

        Raises
        ------
        WorklistError
            If they were encrypted with another key.
        """
        if self._fernet is None:
            return
        with self._database.reading() as session:
            last = session.scalars(select(IdentityRow).order_by(IdentityRow.film_id.desc()).limit(1)).first()
            if last:
                self._decrypted(last.encrypted)

    def _decrypted(self, token: bytes) -> Identity:
        assert self._fernet
        try:
            return Identity(self._fernet.decrypt(token).decode())
        except InvalidToken:
            raise WorklistError(
                "CXR_IDENTITY_KEY is not the key that the patients' identifiers were encrypted with. Set the "
                "earlier key again; without it nobody can read them."
            ) from None

    @staticmethod
    def forget(session: Session, numbers: Collection[int]) -> None:
        """Remove the identifiers of some films."""
        session.execute(delete(IdentityRow).where(IdentityRow.film_id.in_(numbers)))
