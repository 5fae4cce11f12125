"""Bundles that were released: the program scores with no other, unless a setting names its digest.

A bundle's own sums only show that its files belong together: whoever changes one can write them again. The
digest is that of `SHA256SUMS`, which covers the weights and the card, hence everything that a result depends
on. The evidence, figures and model card beside them are written after that, and change no result.
"""

import hashlib
from pathlib import Path

SUMS = "SHA256SUMS"
RELEASED = {
    # SHA-256 of models/NAME/SHA256SUMS: the name of the bundle
    "f1ef30e0438b12b035534fd416bda8fcbcd6296e5a6ff643956d9ea4fc8acb5b": "cxr-joint",
    "56f859262398c9bdf9ed1d14ca23a57bbe5640306d2ef25ba7b8f7156fa72be5": "cxr-joint",
    "9c13bef2da2b42c228ed6a851db4ac1fdc4c8ad548ef67224eb57791896c1f9f": "cxr-joint",
}
MARK = "+site-"
"""Between the version of a bundle and that of the site profile that it is used with."""
UNRELEASED = "Scored by a model that was not released with this program."
"""What every result of such a bundle says."""


def digest_of(sums: bytes) -> str:
    """Compute the digest of a bundle from its `SHA256SUMS`."""
    return hashlib.sha256(sums).hexdigest()


def version_of(name: str, digest: str) -> str:
    """Form the version under which results of a bundle are kept."""
    return f"{name}-{digest[:8]}"


def network_of(version: str) -> str:
    """Name the network of a bundle's version, which may name a site profile too."""
    return version.partition(MARK)[0]


def is_released(version: str) -> bool:
    """Whether a version is that of a released bundle, with a site profile or without."""
    return network_of(version) in {version_of(name, digest) for digest, name in RELEASED.items()}


def digest_in(folder: Path) -> str:
    """Compute the digest of the bundle in a folder, without checking its files."""
    return digest_of((folder / SUMS).read_bytes())


def is_version_in(version: str, folder: Path) -> bool | None:
    """Whether a version of a bundle is that of the one in a folder; `None` if there is none."""
    try:
        return version.rpartition("-")[2] == digest_in(folder)[:8]
    except OSError:
        return None


def unreleased_digest(folder: Path) -> str | None:
    """Give the digest of the bundle in a folder if it was not released; `None` also if there is none."""
    try:
        digest = digest_in(folder)
    except OSError:
        return None
    return None if digest in RELEASED else digest
