"""A table that a person wrote in a spreadsheet and saved as CSV, in any of the ways that spreadsheets do."""

import codecs
import csv
import io
from dataclasses import dataclass

DELIMITERS = ",;\t"
"""Spreadsheets write semicolons where a comma divides decimals, and tabs with UTF-16."""


MOST_MB, MOST_LINES = 16, 200_000
"""Of a list, at most: a million lines of two bytes take 280 MB once they are read."""


class TableError(Exception):
    """A table that cannot be read, with the line and the remedy; never with what a cell holds."""


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a table by their number in the file.

    Attributes
    ----------
    columns
        Their names, in lower case.
    lines
        Cells by column, without space around them; a line that stops short lacks its last columns. Empty
        lines are left out.
    """

    columns: tuple[str, ...]
    lines: dict[int, dict[str, str]]


def read_table(content: bytes) -> Table:
    """Read the bytes of a CSV file: UTF-8 or UTF-16, with commas, semicolons or tabs.

    Raises
    ------
    TableError
        Where it is not text, or a line cannot be read.
    """
    if len(content) > MOST_MB * 1024 * 1024:
        raise TableError(f"The list is larger than {MOST_MB} MB. Divide it.")
    text = _text(content)
    header = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=header.count), strict=True)
    columns: tuple[str, ...] = ()
    lines: dict[int, dict[str, str]] = {}
    number = 1
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                pass
            elif not columns:
                columns = tuple(cell.lower() for cell in cells)
            elif any(cells[len(columns) :]):
                raise TableError(
                    f"Line {number}: it has more cells than the header. Put quotation marks around a cell "
                    "that holds a comma or a semicolon."
                )
            elif len(lines) == MOST_LINES:
                raise TableError(f"The list has more than {MOST_LINES:,} lines. Divide it.")
            else:
                lines[number] = dict(zip(columns, cells, strict=False))
            number = rows.line_num + 1
    except csv.Error:
        raise TableError(
            f"Line {number}: its quotation marks do not match. Save the list as CSV again."
        ) from None
    if len({*columns} - {""}) < sum(map(bool, columns)):
        raise TableError("Two columns of the header have the same name. Remove one of them.")
    return Table(columns, lines)


def _text(content: bytes) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise TableError("The file is not text in UTF-8. Save it as CSV in UTF-8.") from None
