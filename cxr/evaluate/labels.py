"""The labels of the films: the CSV that `train` and `evaluate` read."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cxr.film import Population


class Label(StrEnum):
    """What a film shows; `other` is neither a positive nor a negative."""

    NORMAL = "normal"
    PNEUMONIA = "pneumonia"
    OTHER = "other"


class LabelsError(Exception):
    """A labels file that cannot be used, with the line and the remedy."""


@dataclass(frozen=True, slots=True)
class LabelledFilm:
    """One line of the CSV.

    Attributes
    ----------
    path
        Where the film lies.
    boxes
        Opacities as (x, y, width, height) in pixels of the film, of which `size` is (width, height).
    """

    path: Path
    label: Label
    population: Population
    split: str
    patient_id: str
    source: str
    size: tuple[int, int]
    boxes: tuple[tuple[float, float, float, float], ...]

    @property
    def positive(self) -> bool:
        """Whether the film shows pneumonia-type opacity."""
        return self.label is Label.PNEUMONIA

    @property
    def patient(self) -> tuple[str, str]:
        """The patient, whose identifier is unique within a source only."""
        return self.source, self.patient_id


def read_labels(labels: Path) -> list[LabelledFilm]:
    """Read every line of a labels file.

    Raises
    ------
    LabelsError
        Where the file is missing, a column is, or a line holds a value that is none.
    """
    try:
        with labels.open(newline="", encoding="utf-8") as file:
            return [_row(labels, number, row) for number, row in enumerate(csv.DictReader(file), start=2)]
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsError(f"{labels} cannot be read: give the labels.csv of the films.") from error


def keep(
    films: Iterable[LabelledFilm], *, sources: Iterable[str] = (), splits: Iterable[str] = ()
) -> list[LabelledFilm]:
    """Films of the given sources and splits; an empty choice keeps all.

    Raises
    ------
    LabelsError
        Where nothing is left.
    """
    sources, splits = set(sources), set(splits)
    films = list(films)
    kept = [
        film
        for film in films
        if (not sources or film.source in sources) and (not splits or film.split in splits)
    ]
    if not kept:
        there = sorted({(film.source, film.split) for film in films})
        raise LabelsError(
            f"No films of source {sorted(sources) or 'any'} and split {sorted(splits) or 'any'}. "
            f"The labels hold {there}."
        )
    return kept


def _row(labels: Path, number: int, row: dict[str, str]) -> LabelledFilm:
    try:
        return LabelledFilm(
            path=labels.parent / row["file"],
            label=Label(row["label"]),
            population=Population(row["population"]),
            split=row["split"],
            patient_id=row["patient_id"],
            source=row["source"],
            size=(int(row["width"]), int(row["height"])),
            boxes=tuple((x, y, w, h) for x, y, w, h in json.loads(row["boxes_xywh"] or "[]")),
        )
    except (KeyError, TypeError) as error:
        raise LabelsError(f"{labels}, line {number}: column {error} is missing.") from error
    except ValueError as error:
        raise LabelsError(f"{labels}, line {number}: {error}.") from error
