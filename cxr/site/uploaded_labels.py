"""Labels that a person hands in on a page: for cases of the worklist, or with the films themselves."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path, PurePath

from cxr.evidence.label import Label
from cxr.measure.labels import LabelledFilm, LabelsError, read_labels

CASE = "case"
"""Column that names cases of the worklist in the place of files."""


def labels_of_cases(content: bytes) -> dict[int, Label] | None:
    """Read labels of cases by their number; None where the file names films.

    Raises
    ------
    LabelsError
        Where a line cannot be used.
    """
    lines = csv.DictReader(io.StringIO(_text(content)))
    if CASE not in (lines.fieldnames or ()):
        return None
    if "label" not in (lines.fieldnames or ()):
        raise LabelsError("The file has no column label. Add it: pneumonia, normal or other.")
    found: dict[int, Label] = {}
    for number, line in enumerate(lines, start=2):
        case = (line[CASE] or "").strip().removeprefix("#")
        label = (line["label"] or "").strip()
        if not case.isascii() or not case.isdecimal():
            raise LabelsError(f"Line {number}: the case is not a number.")
        if label not in tuple(Label):
            raise LabelsError(f"Line {number}: the label is not one of pneumonia, normal and other.")
        found[int(case)] = Label(label)
    return found


def labels_of_films(content: bytes, films: Mapping[str, bytes], folder: Path) -> list[LabelledFilm]:
    """Put uploaded films into a folder, under numbers, and read their labels, by line.

    Parameters
    ----------
    films
        By the name of their file; the CSV file may name folders before it.

    Raises
    ------
    LabelsError
        Where a line cannot be used, or names a film that was not uploaded.
    """
    lines = csv.DictReader(io.StringIO(_text(content)))
    names = list(lines.fieldnames or ())
    if "file" not in names:
        raise LabelsError("The file has neither a column file nor a column case. Add one of them.")
    rows = []
    for number, line in enumerate(lines, start=2):
        film = films.get(PurePath((line["file"] or "").strip().replace("\\", "/")).name)
        if film is None:
            raise LabelsError(f"Line {number}: its film was not uploaded. Upload all films of the list.")
        path = folder / str(number)
        path.write_bytes(film)
        rows.append({name: line[name] or "" for name in names} | {"file": path.name})
    to = folder / "labels.csv"
    with to.open("w", newline="", encoding="utf-8") as file:
        written = csv.DictWriter(file, names)
        written.writeheader()
        written.writerows(rows)
    try:
        return read_labels(to)
    except LabelsError as error:
        # The page knows nothing of the folder.
        raise LabelsError(str(error).replace(str(to), "The list")) from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabelsError("The file is not text in UTF-8. Save it as CSV in UTF-8.") from None
