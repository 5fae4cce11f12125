"""The labels of films: the CSV that `train`, `evaluate` and `acceptance` read."""

import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias, TypeVar

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.film.counted import counted
from cxr.measure.table import Table, TableError, read_table

NEEDED = ("file", "label")
"""Columns without which there are no labels."""
LEFT_OUT = {"population": "unknown", "split": "all", "source": "site", "boxes_xywh": ""}
"""What a column that the file does not have, or an empty cell of it, is taken to say."""
COLUMNS = (*NEEDED, *LEFT_OUT, "patient_id", "width", "height")
MOST_NAMED = 20
"""Lines that an error names."""

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
    line
        Its number in the file; 0 where it comes from no file.
    """

    path: Path
    label: Label
    population: Population
    split: str
    patient_id: str
    source: str
    size: tuple[int, int]
    boxes: tuple[Box, ...]
    line: int = 0

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
        Where the file is missing, a column is, a line holds a value that is none, or names the film of
        another line.
    """
    try:
        return labelled_films(read_table(labels.read_bytes()), labels.parent)
    except OSError as error:
        why = f"{labels} cannot be read ({error.strerror}). Name the list of the films."
    except (TableError, LabelsError) as error:
        why = f"{labels}: {error}"
    raise LabelsError(why)


def labelled_films(table: Table, folder: Path) -> list[LabelledFilm]:
    """Read the films of a table.

    Parameters
    ----------
    folder
        To which the names of files are relative.

    Raises
    ------
    LabelsError
        As `read_labels`.
    """
    if missing := [column for column in NEEDED if column not in table.columns]:
        raise LabelsError(f"The header has no column {', '.join(missing)}. Add it.")
    films = []
    first: dict[str, int] = {}
    for number, cells in table.lines.items():
        if len(cells) < len({*table.columns}):
            raise LabelsError(f"Line {number}: it has fewer cells than the header. Complete it.")
        film = _film(folder, number, cells)
        if (earlier := first.setdefault(os.path.normpath(film.path), number)) != number:
            raise LabelsError(
                f"Line {number}: it names the film of line {earlier} again. Remove one of them."
            )
        films.append(film)
    return films


def require_files(labels: Path, films: Sequence[LabelledFilm]) -> None:
    """See that the files of films are there, before the first is scored.

    Raises
    ------
    LabelsError
        Where one is not: it would count as a film that the model refuses.
    """
    missing = [film.line for film in films if not os.path.isfile(film.path)]
    if missing:
        where = ", ".join(map(str, missing[:MOST_NAMED])) + (", ..." if len(missing) > MOST_NAMED else "")
        raise LabelsError(
            f"{labels}: {counted(len(missing), 'film')} of {len(films)} not found, in line {where}. Correct "
            "the column file, whose paths are relative to the list."
        )


def require_different_films(films: Sequence[LabelledFilm]) -> None:
    """See that no two lines name copies of one film, which would count as two patients.

    Raises
    ------
    LabelsError
        Where two files are the same, byte for byte.
    """
    sizes = Counter(os.path.getsize(film.path) for film in films)
    first: dict[bytes, int] = {}
    for film in films:
        if sizes[os.path.getsize(film.path)] == 1:
            continue
        with film.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        if (earlier := first.setdefault(digest, film.line)) != film.line:
            raise _copied(film.line, earlier)


def _copied(line: int, earlier: int) -> LabelsError:
    return LabelsError(f"Line {line}: its film is a copy of that of line {earlier}. Remove one of them.")


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


def _film(folder: Path, number: int, cells: Mapping[str, str]) -> LabelledFilm:
    def refuse(column: str, wanted: str) -> LabelsError:
        return LabelsError(f"Line {number}: {column} is {cells.get(column, '')!r}; write {wanted}.")

    def text(column: str) -> str:
        if not (value := cells.get(column) or LEFT_OUT.get(column)):
            raise refuse(column, "a value")
        return value

    def pixels(column: str) -> int:
        value = text(column)
        if not value.isdecimal() or int(value) == 0:
            raise refuse(column, "the film's size in pixels")
        return int(value)

    def word(column: str, words: type[Word]) -> Word:
        try:
            return words((cells.get(column) or LEFT_OUT.get(column, "")).lower())
        except ValueError:
            raise refuse(column, f"one of {', '.join(words)}") from None

    def boxes() -> tuple[Box, ...]:
        try:
            return tuple(_box(box) for box in json.loads(cells.get("boxes_xywh") or "[]"))
        except (TypeError, ValueError):
            raise refuse("boxes_xywh", "a list like [[x, y, width, height]], or nothing") from None

    found = boxes()
    sized = found or "width" in cells or "height" in cells
    return LabelledFilm(
        path=folder / text("file"),
        label=word("label", Label),
        population=word("population", Population),
        split=text("split"),
        patient_id=text("patient_id" if "patient_id" in cells else "file"),
        source=text("source"),
        size=(pixels("width"), pixels("height")) if sized else (0, 0),
        boxes=found,
        line=number,
    )


def _box(numbers: list[float]) -> Box:
    x, y, width, height = (float(number) for number in numbers)
    if not all(map(math.isfinite, (x, y, width, height))) or min(width, height) <= 0:
        raise ValueError(f"{numbers} is not a valid box.")
    return x, y, width, height
