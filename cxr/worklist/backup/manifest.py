"""What a backup holds, written last: a folder without a manifest is not a backup."""

import datetime
import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cxr.worklist.store.film_files import write_whole

MANIFEST = "manifest.json"
FILMS = "films"
"""Folder of a backup's films and pseudonym key, laid out like that of CXR_FILMS."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BackupError(Exception):
    """A backup cannot be made, read or restored; says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Part):
    """The bundle that scored films when the backup was made, and the digest of its `SHA256SUMS`."""

    bundle: str
    sha256: Sha256


class DatabaseFile(_Part):
    """The database, under a name that no earlier backup in the same folder has."""

    name: Annotated[str, StringConstraints(pattern=r"^worklist-[0-9a-f]{12}\.sqlite3$")]
    sha256: Sha256
    schema_version: str


class AuditHead(_Part):
    """The end of the audit trail: its number of lines and the hash of the last one."""

    lines: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Manifest(_Part):
    """What a backup holds.

    Attributes
    ----------
    identities
        Number of films whose identifiers are encrypted with CXR_IDENTITY_KEY, which no backup holds.
    films
        Size in bytes of each film, by its hash.
    """

    version: Literal[1] = 1
    program: str
    made_at: datetime.datetime
    database: DatabaseFile
    model: Model | None
    pseudonym_key_sha256: Sha256 | None
    audit: AuditHead
    studies: int
    film_rows: int
    identities: int
    film_files: int
    film_bytes: int
    films: dict[Sha256, Annotated[int, Field(ge=0)]]

    def write(self, folder: Path) -> None:
        """Write the manifest, which makes the folder a backup."""
        write_whole(folder / MANIFEST, (self.model_dump_json(indent=1) + "\n").encode())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises
    ------
    BackupError
        If the folder holds no complete backup, or a later version's.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{folder} holds no complete backup: {MANIFEST} is missing. Name the folder that was given to "
            "'cxr backup'; a backup that was interrupted has to be run again."
        ) from None
    except OSError as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error.strerror}.") from None
    except ValidationError:
        raise BackupError(
            f"{folder / MANIFEST} was changed, or written by a newer version of the program. Restore it with "
            "that version, or use another backup."
        ) from None


def sha256_of(file: Path) -> str:
    """Hash a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
