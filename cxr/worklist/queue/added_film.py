"""A file that is added to the worklist, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cxr.film import FilmError, Population
from cxr.film.age import population_at
from cxr.film.clean import CleanFilm, CleanHeader
from cxr.film.resent import Comparison

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A film that is on the worklist: as a new one, or as one that was there already.

    `number` is that of its case. `known_as` is the name of the film that was there. `again` says that it is
    scored again: it failed before, its population is stated differently, its pixels had been removed, or what
    was sent differs. `conflict` says that another film has the same SOP Instance UID and other pixels
    or patient. `refused` says why nothing of a file is kept but its row.
    """

    number: int
    name: str
    known_as: str | None = None
    again: bool = False
    refused: str | None = None
    film: int = 0
    conflict: bool = False


class DecodeFirst(Exception):
    """A transaction needs what only decoding tells, and leaves that to its caller.

    Decoding takes seconds, and of a hostile film half a minute, in which nobody else could write.
    """

    def __init__(self, decode: Callable[[], None]) -> None:
        super().__init__()
        self.decode = decode


def decoded(found: dict[str, Found], key: str, decode: Callable[[], Found]) -> Found:
    """Return what was decoded earlier; raises `DecodeFirst` where nothing was."""
    if key not in found:
        raise DecodeFirst(lambda: found.update({key: decode()}))
    return found[key]


@dataclass(frozen=True, slots=True)
class AddedFilm:
    """A file that is added: what may be kept of it, or the error that says why nothing may.

    `study` and `uid` are those that stand for the film's own, if it has any; `accession` is a keyed hash.
    `comparisons` and `redactions` fill while it is added: with the films that are kept, and as they are.
    """

    name: str
    sha256: str
    film: CleanFilm | FilmError
    stated: Population
    who: str
    wants_result: bool
    study: str | None = None
    uid: str | None = None
    accession: str | None = None
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    redactions: dict[str, bytes] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """What the film is known by: its UID, or the hash of the file."""
        return self.uid or self.sha256

    @property
    def header(self) -> CleanHeader | None:
        """What its header held; None where that cannot be read."""
        return self.film if isinstance(self.film, CleanFilm) else self.film.header

    @property
    def age_years(self) -> float | None:
        """Age from the header, if it may be kept."""
        return self.header.age.years if self.header and self.header.age else None

    @property
    def population(self) -> Population:
        """What is known of the patient; of a file that is not kept, from its header if that can be read."""
        if isinstance(self.film, FilmError) and self.film.population is not Population.UNKNOWN:
            return self.film.population
        return self.known_population(self.age_years, self.stated)

    @property
    def refused(self) -> str | None:
        """Why nothing of the file is kept."""
        return self.film.sentence if isinstance(self.film, FilmError) else None

    @staticmethod
    def known_population(age_years: float | None, stated: Population) -> Population:
        """What is known of the patient: from the header, else as stated."""
        return stated if age_years is None else population_at(age_years)
