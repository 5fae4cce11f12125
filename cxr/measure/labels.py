"""The labels of films: the CSV that `train`, `evaluate` and `acceptance` read."""

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias, TypeVar

from cxr.evidence.label import Label
from cxr.film import Population

NEEDED = ("file", "label")
"""Columns without which there are no labels."""
LEFT_OUT = {"population": "unknown", "split": "all", "source": "site", "boxes_xywh": ""}
"""What a column that the file does not have is taken to say."""
COLUMNS = (*NEEDED, *LEFT_OUT, "patient_id", "width", "height")

Box: TypeAlias = tuple[float, float, float, float]


Word = TypeVar("Word", bound=StrEnum)


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
        Opacities as (x, y, width, height) in pixels of the film, of which `size` is (width, height); (0, 0)
        if unknown.
    """

    path: Path
    label: Label
    population: Population
    split: str
    patient_id: str
    source: str
    size: tuple[int, int]
    boxes: tuple[Box, ...]

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

    Columns other than `NEEDED` may be left out: without `patient_id`, each film is a patient of its own;
    boxes need `width` and `height`.

    Raises
    ------
    LabelsError
        Where the file is missing, a column is, or a line holds a value that is none.
    """
    try:
        # Spreadsheets write a byte order mark before UTF-8.
        with labels.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
            if missing:
                raise LabelsError(f"{labels}, line 1: no column {', '.join(missing)}. Add it to the header.")
            return [_row(labels, rows.line_num, row) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{labels} cannot be read: give the labels.csv of the films.") from error


def keep(
    films: Iterable[LabelledFilm], *, sources: Iterable[str] = (), splits: Iterable[str] = ()
) -> list[LabelledFilm]:
    """Films of the given sources and splits; an empty choice keeps all.

    Raises
    ------
    LabelsError
        Where one of the sources or splits has no film.
    """
    sources, splits = set(sources), set(splits)
    films = list(films)
    kept = [
        film
        for film in films
        if (not sources or film.source in sources) and (not splits or film.split in splits)
    ]
    unknown = (sources - {film.source for film in kept}) | (splits - {film.split for film in kept})
    if unknown or not kept:
        there = ", ".join(sorted({f"{film.source} ({film.split})" for film in films})) or "no film"
        raise LabelsError(
            f"No films for {' and '.join(sorted(unknown)) or 'this choice'}: the labels hold {there}."
        )
    return kept


def _row(labels: Path, number: int, row: dict[str, str | None]) -> LabelledFilm:
    def refuse(column: str, wanted: str) -> LabelsError:
        return LabelsError(f"{labels}, line {number}: {column} is {row.get(column)!r}; write {wanted}.")

    def text(column: str) -> str:
        if not (value := row.get(column, LEFT_OUT.get(column))):
            raise refuse(column, "a value")
        return value

    def pixels(column: str) -> int:
        value = text(column)
        if not value.isdecimal() or int(value) == 0:
            raise refuse(column, "the film's size in pixels")
        return int(value)

    def word(column: str, words: type[Word]) -> Word:
        try:
            return words(text(column))
        except ValueError:
            raise refuse(column, "one of " + ", ".join(words)) from None

    def boxes() -> tuple[Box, ...]:
        try:
            return tuple(_box(box) for box in json.loads(row.get("boxes_xywh") or "[]"))
        except (TypeError, ValueError):
            raise refuse("boxes_xywh", "a list like [[x, y, width, height]], or nothing") from None

    found = boxes()
    sized = found or "width" in row or "height" in row
    return LabelledFilm(
        path=labels.parent / text("file"),
        label=word("label", Label),
        population=word("population", Population),
        split=text("split"),
        patient_id=text("patient_id" if "patient_id" in row else "file"),
        source=text("source"),
        size=(pixels("width"), pixels("height")) if sized else (0, 0),
        boxes=found,
    )


def _box(numbers: list[float]) -> Box:
    x, y, width, height = (float(number) for number in numbers)
    if not all(map(math.isfinite, (x, y, width, height))) or min(width, height) <= 0:
        raise ValueError(f"{numbers} is not a valid box.")
    return x, y, width, height
