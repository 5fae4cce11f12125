"""Film files beside the database, named by the hash of their content."""

import hashlib
import os
import tempfile
from pathlib import Path


class FilmFiles:
    """A folder of film files; a file is complete or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Write a film to disk and return the SHA-256 of its content, which becomes its name."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if not self.holds(sha256):
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".partial-", delete=False) as file:
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                    os.replace(file.name, path)
                except BaseException:
                    os.unlink(file.name)
                    raise
            _sync_folder(path.parent)
        return sha256

    def holds(self, sha256: str) -> bool:
        """Whether a film is there and its content matches its name."""
        try:
            return hashlib.sha256(self.path(sha256).read_bytes()).hexdigest() == sha256
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

    def path(self, sha256: str) -> Path:
        """Path of the film with that hash."""
        return self._folder / sha256[:2] / sha256


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
