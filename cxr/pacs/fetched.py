"""Where fetched films go: onto the worklist, or into a folder."""

import hashlib
from pathlib import Path
from typing import Protocol

from cxr.film import FilmError, Population
from cxr.pacs.received import Received, what_is
from cxr.worklist.identity.privacy import Privacy
from cxr.worklist.store.film_files import write_whole
from cxr.worklist.worklist import Worklist


class Keeping(Protocol):
    """Keeps films, and knows which it has."""

    def has(self, instance: str) -> bool:
        """Whether the film of a SOP Instance UID is there."""

    def keep(self, instance: str, content: bytes) -> str | None:
        """Keep a film; return why not, if it is none or nothing of it may be kept."""


class OntoWorklist:
    """Adds films to the worklist, which de-identifies them. One that is there stays as it is.

    Parameters
    ----------
    title
        AE title of the PACS, for the films' names on the list.
    stated
        Population of films whose header does not state an age.
    wants_result
        Whether results go back to the PACS.
    """

    def __init__(
        self, worklist: Worklist, title: str, who: str, stated: Population, wants_result: bool = False
    ) -> None:
        self._worklist = worklist
        self._title = title
        self._who = who
        self._stated = stated
        self._wants_result = wants_result

    def has(self, instance: str) -> bool:
        """Whether the film is on the worklist."""
        return self._worklist.intake.knows(instance)

    def keep(self, instance: str, content: bytes) -> str | None:
        """Add a film, also one that is refused: its case says why."""
        if (received := what_is(content, None)) is not Received.FILM:
            return received
        name = f"{self._title} {hashlib.sha256(instance.encode()).hexdigest()[:12]}"
        self._worklist.intake.accept(
            name, content, self._stated, self._who, self._wants_result, only_new=True
        )
        return None


class IntoFolder:
    """Writes de-identified films to a folder, each named by a hash of the UID that replaces its own."""

    def __init__(self, folder: Path, privacy: Privacy) -> None:
        self._folder = folder
        self._privacy = privacy

    def has(self, instance: str) -> bool:
        """Whether the film is in the folder."""
        return self._path(instance).exists()

    def keep(self, instance: str, content: bytes) -> str | None:
        """Write a film, whole or not at all."""
        if (received := what_is(content, None)) is not Received.FILM:
            return received
        film = self._privacy.clean(content)
        if isinstance(film, FilmError):
            return f"not readable ({film.code})"
        write_whole(self._path(instance), film.content)
        return None

    def _path(self, instance: str) -> Path:
        name = hashlib.sha256(self._privacy.uid_key(instance).encode()).hexdigest()
        return self._folder / f"{name[:32]}.dcm"
