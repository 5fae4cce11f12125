"""Labels that a person hands in on a page: for cases of the worklist, or with the films themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from cxr.evidence.label import Label
from cxr.measure.labels import LabelledFilm, LabelsError, labelled_films, require_different_films
from cxr.measure.table import Table, TableError, read_table
from cxr.worklist.reading.filters import NUMBER_DIGITS

CASE = "case"
"""Column that names cases of the worklist in the place of files."""
LIST_ENDS = ".csv"


def list_and_films(uploads: Sequence[tuple[str, bytes]]) -> tuple[Table, dict[str, bytes]]:
    """Part uploaded files, given with their names, into the list and the films by the names of their files.

    Raises
    ------
    LabelsError
        Where there is not one list, it cannot be read, or two films have one name.
    """
    lists = [content for name, content in uploads if is_list(name)]
    films = {name: content for name, content in uploads if not is_list(name)}
    if len(lists) != 1:
        raise LabelsError("Upload one list of labels, a CSV file, and no other.")
    if len(films) + 1 < len(uploads):
        raise LabelsError("Two of the films have the same file name. Give each a name of its own.")
    try:
        return read_table(lists[0]), films
    except TableError as error:
        raise LabelsError(str(error)) from None


def is_list(name: str) -> bool:
    """Whether an uploaded file is a list of labels, by its name."""
    return name.lower().endswith(LIST_ENDS)


def labels_of_cases(table: Table) -> dict[int, Label] | None:
    """Read labels of cases by their number; None where the list names films.

    Raises
    ------
    LabelsError
        Where a line cannot be used, or names the case of another line.
    """
    if CASE not in table.columns:
        return None
    if "label" not in table.columns:
        raise LabelsError("The file has no column label. Add it: pneumonia, normal or other.")
    found: dict[int, Label] = {}
    first: dict[int, int] = {}
    for number, cells in table.lines.items():
        case = cells[CASE].removeprefix("#") if CASE in cells else ""
        label = cells.get("label", "").lower()
        if not case.isascii() or not case.isdecimal() or len(case) > NUMBER_DIGITS:
            raise LabelsError(f"Line {number}: the case is not a number.")
        if label not in tuple(Label):
            raise LabelsError(f"Line {number}: the label is not one of pneumonia, normal and other.")
        if (earlier := first.setdefault(int(case), number)) != number:
            raise LabelsError(
                f"Line {number}: it names the case of line {earlier} again. Remove one of them."
            )
        found[int(case)] = Label(label)
    return found


def labels_of_films(table: Table, films: Mapping[str, bytes], folder: Path) -> list[LabelledFilm]:
    """Put uploaded films into a folder, under numbers, and read their labels, by line.

    Parameters
    ----------
    films
        By the name of their file; the list may name folders before it.

    Raises
    ------
    LabelsError
        Where a line cannot be used, or names a film that was not uploaded, or that of another line.
    """
    if "file" not in table.columns:
        raise LabelsError("The file has neither a column file nor a column case. Add one of them.")
    lines = {}
    first: dict[str, int] = {}
    for number, cells in table.lines.items():
        name = PurePath(cells.get("file", "").replace("\\", "/")).name
        if name not in films:
            raise LabelsError(f"Line {number}: its film was not uploaded. Upload all films of the list.")
        if (earlier := first.setdefault(name, number)) != number:
            raise LabelsError(
                f"Line {number}: its film has the file name of that of line {earlier}. Give each a name of "
                "its own."
            )
        (folder / str(number)).write_bytes(films[name])
        lines[number] = cells | {"file": str(number)}
    listed = labelled_films(Table(table.columns, lines), folder)
    require_different_films(listed)
    return listed
