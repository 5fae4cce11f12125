"""Training films in memory, one byte a pixel."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.evidence.label import Label
from cxr.film import FilmError, read_film
from cxr.lab.train.split import Part, assign_parts
from cxr.measure.labels import LabelledFilm, LabelsError
from cxr.model.preprocess import resize, side_wanted


@dataclass(frozen=True, slots=True, eq=False)
class FilmSet:
    """Films with their pixels, shape (films, size, size), in one order.

    `sha256` is the hash of every label, patient and pixel, in that order.
    """

    films: tuple[LabelledFilm, ...]
    resized: npt.NDArray[np.uint8]
    sha256: str

    @property
    def targets(self) -> npt.NDArray[np.float32]:
        """1 for pneumonia, 0 for normal, shape (films,)."""
        return np.array([film.positive for film in self.films], dtype=np.float32)

    def take(self, indices: Sequence[int]) -> "FilmSet":
        """Keep the films at these places."""
        films = tuple(self.films[i] for i in indices)
        return FilmSet(films, self.resized[list(indices)], self.sha256)


def load_films(films: Sequence[LabelledFilm], size: int) -> FilmSet:
    """Read films the same way as the app, sorted by path; films labelled `other` are left out.

    Raises
    ------
    LabelsError
        If a film cannot be read; the message names it, so that its line can be fixed.
    """
    chosen = tuple(sorted((f for f in films if f.label is not Label.OTHER), key=lambda f: f.path.as_posix()))
    digest = hashlib.sha256()
    resized = np.empty((len(chosen), size, size), dtype=np.uint8)
    for pixels, labelled in zip(resized, chosen, strict=True):
        try:
            film = read_film(labelled.path, side_wanted(size))
        except FilmError as error:
            raise LabelsError(
                f"{labelled.path}: {error.sentence} Or take its line out of the labels."
            ) from error
        pixels[:] = resize(film, size)
        digest.update(f"{film.sha256} {labelled.label} {labelled.source} {labelled.patient_id}\n".encode())
    return FilmSet(chosen, resized, digest.hexdigest())


def split_films(films: FilmSet) -> dict[Part, FilmSet]:
    """Split training films by patient into fitting, tuning and holdout sets."""
    parts = assign_parts(films.films, films.resized)
    return {part: films.take([i for i, p in enumerate(parts) if p is part]) for part in Part}
