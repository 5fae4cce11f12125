"""Labelled films with what a network makes of them, before calibration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cxr.evidence.sources import hospital_of
from cxr.film import Population
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import Array, Bools, Scored
from cxr.measure.operating_points import equal_say


@dataclass(frozen=True, slots=True, eq=False)
class Logits:
    """Films and a network's logits of them, shape (films,)."""

    films: Sequence[LabelledFilm]
    logits: Array

    @property
    def positive(self) -> Bools:
        """Which films show pneumonia, shape (films,)."""
        return np.array([film.positive for film in self.films])

    @property
    def sources(self) -> str:
        """Name the sources of the films, in one line."""
        return ", ".join(sorted({film.source for film in self.films}))

    @property
    def hospitals(self) -> tuple[str, ...]:
        """The hospitals that the films come from, sorted."""
        return tuple(sorted({hospital_of(film.source) for film in self.films}))

    @property
    def weights(self) -> Array:
        """How much each film counts in calibration: hospitals have the same weight, as in `equal_say`."""
        return equal_say([film.source for film in self.films], self.positive)

    def of(self, population: Population) -> "Logits":
        """Keep films of a population."""
        return self._kept([film.population is population for film in self.films])

    def at(self, hospital: str, others: bool = False) -> "Logits":
        """Keep films of a hospital, or those of all others."""
        return self._kept([(hospital_of(film.source) == hospital) is not others for film in self.films])

    def scored(self, probability: Array) -> Scored:
        """Put probabilities in the place of the logits."""
        return Scored(probability, self.positive, [film.patient for film in self.films])

    def _kept(self, kept: Sequence[bool]) -> "Logits":
        films = [film for film, keep in zip(self.films, kept, strict=True) if keep]
        return Logits(films, self.logits[np.array(kept)])
