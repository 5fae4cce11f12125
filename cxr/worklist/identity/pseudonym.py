"""Pseudonyms of patients: the films of one patient share one, and nobody without the key can go back."""

import os
import secrets
from pathlib import Path

from cxr.film.deidentify import pseudonym

KEY_FILE = "pseudonym.key"
KEY_BYTES = 32


class Pseudonyms:
    """Keyed hashes of patient identifiers (HMAC-SHA-256, RFC 2104).

    Parameters
    ----------
    folder
        Where the key lies; it is made at the first use, for the owner's eyes alone. Without the key's file,
        films that come later cannot be joined to those before.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE
        self._key: bytes | None = None

    @property
    def exist(self) -> bool:
        """Whether there is a key already."""
        return self._path.exists()

    @property
    def key(self) -> bytes:
        """The key, which also hides what else of a film must stay the same each time and tell nothing."""
        if self._key is None:
            self._key = _key(self._path)
        return self._key

    def of(self, patient_id: str | None) -> str | None:
        """Give a patient's pseudonym, 32 hex digits; nothing where the film names no patient."""
        return pseudonym(self.key, patient_id)


def _key(path: Path) -> bytes:
    """Read the key, or make one; of two programs that make one at once, both get the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f".{KEY_FILE}-{secrets.token_hex(8)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes()
