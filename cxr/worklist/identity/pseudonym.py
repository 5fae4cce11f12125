"""Pseudonyms of patients: all films of a patient share one, which only the key relates to the patient."""

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
        Folder of the key, which is made at first use and readable by its owner only. If the file is lost,
        later films can no longer be matched to earlier ones.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE
        self._key: bytes | None = None

    @property
    def exist(self) -> bool:
        """Whether the key has been made."""
        return self._path.exists()

    @property
    def key(self) -> bytes:
        """The key, which is also used to replace UIDs."""
        if self._key is None:
            self._key = _key(self._path)
        return self._key

    def of(self, patient_id: str) -> str:
        """Return the pseudonym of a patient identifier, 32 hex digits."""
        return pseudonym(self.key, patient_id)


def _key(path: Path) -> bytes:
    """Read the key, or make one; if two programs do so at once, both get the first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
