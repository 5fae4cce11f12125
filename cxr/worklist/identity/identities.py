"""Who the films of DICOM files are of: sealed with the clinic's key, in one table and nowhere else."""

from collections.abc import Collection

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cxr.film.identity import Identity
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import IdentityRow


def new_key() -> str:
    """Draw a key for `Identities`."""
    return Fernet.generate_key().decode()


class Identities:
    """The table of original identifiers.

    Parameters
    ----------
    key
        A Fernet key (AES-128 and HMAC-SHA-256, in 44 signs of base64); without one no identifiers are kept.

    Raises
    ------
    WorklistError
        Where the key is none.
    """

    def __init__(self, database: Database, key: str | None) -> None:
        self._database = database
        try:
            self._fernet = Fernet(key) if key else None
        except ValueError:
            raise WorklistError(
                "CXR_IDENTITY_KEY is no key. Make one with 'python -m cxr worklist key', and keep it safe."
            ) from None

    @property
    def kept(self) -> bool:
        """Whether identifiers are kept: whether there is a key."""
        return self._fernet is not None

    def keep(self, session: Session, case: int, identity: Identity, wants_result: bool) -> bool:
        """Seal the identifiers of a case, in the transaction of a session; say whether they are others now.

        The last ones hold: a clinic corrects a name by sending the film again.

        Parameters
        ----------
        wants_result
            Whether what is said of the film goes back to where it came from.
        """
        if self._fernet is None:
            return False
        row = session.get(IdentityRow, case)
        if row is None:
            sealed = self._fernet.encrypt(identity.json.encode())
            session.add(IdentityRow(case_id=case, sealed=sealed, wants_result=wants_result))
            return True
        row.wants_result = row.wants_result or wants_result
        if self._opened(row.sealed).json == identity.json:
            return False
        row.sealed = self._fernet.encrypt(identity.json.encode())
        return True

    def of(self, numbers: Collection[int]) -> dict[int, Identity]:
        """Open the identifiers of some cases, by number; those that have none are left out.

        Raises
        ------
        WorklistError
            Where they were sealed with another key.
        """
        if self._fernet is None or not numbers:
            return {}
        with self._database.reading() as session:
            rows = session.scalars(select(IdentityRow).where(IdentityRow.case_id.in_(numbers)))
            sealed = {row.case_id: row.sealed for row in rows}
        return {case: self._opened(token) for case, token in sealed.items()}

    def check(self) -> None:
        """Open the identifiers that were sealed last.

        Raises
        ------
        WorklistError
            Where they were sealed with another key.
        """
        if self._fernet is None:
            return
        with self._database.reading() as session:
            last = session.scalars(select(IdentityRow).order_by(IdentityRow.case_id.desc()).limit(1)).first()
            if last:
                self._opened(last.sealed)

    def _opened(self, sealed: bytes) -> Identity:
        assert self._fernet
        try:
            return Identity(self._fernet.decrypt(sealed).decode())
        except InvalidToken:
            raise WorklistError(
                "CXR_IDENTITY_KEY is not the key that the patients' identifiers were sealed with. Set the "
                "key of before; without it nobody can read them."
            ) from None

    @staticmethod
    def forget(session: Session, numbers: Collection[int]) -> None:
        """Remove the identifiers of some cases, in the transaction of a session."""
        session.execute(delete(IdentityRow).where(IdentityRow.case_id.in_(numbers)))
