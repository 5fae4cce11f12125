"""What commands that take films share: their arguments."""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cxr.film import Population
from cxr.film.counted import counted
from cxr.film.folder import CLOSED, Listing, list_folder
from cxr.film.printable import printable

StatedPopulation = Annotated[
    Population, typer.Option(help="Population of films whose DICOM header does not state it.")
]


def files_in(paths: Iterable[Path], may_be_empty: bool = False) -> Listing:
    """List each file that is named and every file below each folder that is; print which folders are closed.

    Raises
    ------
    typer.BadParameter
        Where there is no file, unless there need be none.
    """
    found = Listing()
    for path in paths:
        if os.path.isdir(path):
            below = list_folder(path)
            found.files.extend(below.files)
            found.closed.extend(below.closed)
            found.left_out.update(below.left_out)
        else:
            found.files.append(path)
    for folder in found.closed:
        print(f"{printable(str(folder), '?')}: {CLOSED}", file=sys.stderr, flush=True)
    if not (found.files or found.closed or may_be_empty):
        left_out = f" ({left_out_line(found.left_out)})" if found.left_out else ""
        raise typer.BadParameter(f"there are no files in it{left_out}. Name films, or a folder of films.")
    return found


def left_out_line(kinds: Counter[str]) -> str:
    """Summarise the files that are not films, by kind."""
    files = counted(kinds.total(), "file")
    return f"left out: {files} ({', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))})"
