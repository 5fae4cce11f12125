"""What a backup holds, written last: a folder without a manifest is not a backup."""

import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cxr.film.printable import printable
from cxr.worklist.backup.regular_file import content_of
from cxr.worklist.store.film_files import write_whole

MANIFEST = "manifest.json"
FILMS = "films"
"""Folder of a backup's films and pseudonym key, laid out like that of CXR_FILMS."""

MOST_BYTES = 1024 * 1024 * 1024
"""Of a manifest: that of ten million films."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Shown = Annotated[str, StringConstraints(max_length=200), AfterValidator(printable)]
"""A text that is printed: whoever made the backup must not write to the terminal."""
Count = Annotated[int, Field(ge=0, lt=2**63)]


class BackupError(Exception):
    """A backup cannot be made, read or restored; says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Part):
    """The bundle that scored films when the backup was made, and the digest of its `SHA256SUMS`."""

    bundle: Shown
    sha256: Sha256


class DatabaseFile(_Part):
    """The database, under a name that no earlier backup in the same folder has."""

    name: Annotated[str, StringConstraints(pattern=r"^worklist-[0-9a-f]{12}\.sqlite3$")]
    sha256: Sha256
    schema_version: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class AuditHead(_Part):
    """The end of the audit trail: its number of lines and the hash of the last one."""

    lines: Count
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
    program: Shown
    made_at: datetime.datetime
    database: DatabaseFile
    model: Model | None
    pseudonym_key_sha256: Sha256 | None
    audit: AuditHead
    studies: Count
    film_rows: Count
    identities: Count
    film_files: Count
    film_bytes: Count
    films: dict[Sha256, Count]

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
        return Manifest.model_validate_json(content_of(folder / MANIFEST, MOST_BYTES))
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
