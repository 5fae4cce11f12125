"""Files of a backup, which may come from anybody: no link, pipe or device in their place is read."""

import errno
import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path

NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def opened(path: Path) -> BufferedReader:
    """Open a file for reading.

    Raises
    ------
    OSError
        If it cannot be read, or is not a regular file.
    """
    # A pipe that nobody writes to would never be opened.
    descriptor = os.open(path, os.O_RDONLY | NO_LINK | _AT_ONCE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.fdopen(descriptor, "rb")


def content_of(path: Path, most: int) -> bytes:
    """Read a file of so many bytes at most; raises `OSError` as `opened` does, and for a larger one."""
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
        return file.read(most)


def sha256_of(path: Path) -> str:
    """Hash a file; raises `OSError` as `opened` does."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
