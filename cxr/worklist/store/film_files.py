"""Film files beside the database, named by the hash of their content."""

import hashlib
import os
import tempfile
from pathlib import Path

PARTIAL = ".partial-"
"""Begins the name of a file that is being written; one that is left was interrupted."""


class FilmFiles:
    """A folder of film files; a file is complete or absent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes) -> str:
        """Write a film to disk and return the SHA-256 of its content, which becomes its name."""
        sha256 = self.sha256_of(content)
        path = self.path(sha256)
        if not self.holds(sha256):
            # Names of films are hashes: whoever can list them can tell whether a film is here.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.folder)
            write_whole(path, content)
        return sha256

    def holds(self, sha256: str) -> bool:
        """Whether a film is there and its content matches its name."""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def size(self, sha256: str) -> int:
        """Size of a film in bytes; 0 if it is not there."""
        path = self.path(sha256)
        return path.stat().st_size if path.exists() else 0

    def remove(self, sha256: str) -> int:
        """Remove a film and return its size in bytes."""
        size = self.size(sha256)
        self.path(sha256).unlink(missing_ok=True)
        return size

    @staticmethod
    def sha256_of(content: bytes) -> str:
        """Return the name of a film."""
        return hashlib.sha256(content).hexdigest()

    def path(self, sha256: str) -> Path:
        """Path of the film with that hash."""
        return self.folder / sha256[:2] / sha256


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, so that it is complete or absent whatever happens."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=PARTIAL, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
