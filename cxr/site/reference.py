"""The films that later ones are compared with: logits of one network by population, without anything else."""

import datetime
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from cxr.film import Population
from cxr.film.counted import counted
from cxr.measure.drift import FEWEST
from cxr.measure.metrics import Array
from cxr.model.released import network_of
from cxr.site.period import Period
from cxr.worklist.reading.monitored import MonitoredFilm

DECIMALS = 4


class UnusableReferenceError(Exception):
    """A reference that cannot be written or used, and what to do about it."""


class Reference(BaseModel):
    """Logits of the films of a period, as one network gave them.

    Attributes
    ----------
    network
        Name and version of the bundle, without a site profile, which changes no logit.
    logits
        Sorted, so that they tell nothing of single films; before calibration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str = Field(min_length=1)
    since: datetime.datetime
    until: datetime.datetime
    logits: dict[Population, tuple[FiniteFloat, ...]]

    def of(self, population: Population) -> Array:
        """Logits of a population, shape (films,)."""
        return np.array(self.logits.get(population, ()), dtype=np.float64)


def latest_network(films: Iterable[MonitoredFilm]) -> str | None:
    """Name the network that scored the latest of some films; None if none was scored."""
    scored = [film for film in films if film.logit is not None and film.bundle_version and film.scored_at]
    latest = max(scored, key=lambda film: (film.scored_at, film.number), default=None)
    return network_of(latest.bundle_version) if latest and latest.bundle_version else None


def reference_of(films: Iterable[MonitoredFilm], network: str, period: Period) -> Reference:
    """Take the logits of films that a network scored."""
    logits: dict[Population, list[float]] = {}
    for film in films:
        if film.logit is not None and film.bundle_version and network_of(film.bundle_version) == network:
            logits.setdefault(film.population, []).append(round(film.logit, DECIMALS))
    return Reference(
        network=network,
        since=period.since,
        until=period.until,
        logits={population: tuple(sorted(some)) for population, some in sorted(logits.items())},
    )


def save_reference(to: Path, reference: Reference) -> None:
    """Write a reference into a new file.

    Raises
    ------
    UnusableReferenceError
        Where the file exists, or no population has enough films.
    """
    most = max((len(some) for some in reference.logits.values()), default=0)
    if most < FEWEST:
        raise UnusableReferenceError(
            f"The period has {counted(most, 'scored film')} of one population, and a reference "
            f"needs {FEWEST}. Choose a longer one with --days."
        )
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(reference.model_dump_json() + "\n")
    except FileExistsError:
        raise UnusableReferenceError(
            f"{to} exists already. Name another file, so that the earlier reference is kept."
        ) from None
    except OSError as error:
        raise UnusableReferenceError(
            f"{to} cannot be written ({error.strerror}). Name a file in an existing folder."
        ) from None


def read_reference(path: Path) -> Reference:
    """Read a reference from its file.

    Raises
    ------
    UnusableReferenceError
        Where it is missing or holds something else.
    """
    try:
        return Reference.model_validate_json(path.read_bytes())
    except OSError:
        raise UnusableReferenceError(
            f"The reference {path} cannot be read. Write one with 'cxr monitor --save-reference FILE'."
        ) from None
    except ValidationError:
        raise UnusableReferenceError(
            f"{path} is not a reference. Write one with 'cxr monitor --save-reference FILE'."
        ) from None
