"""What commands that take films share: their arguments."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cxr.film import Population

StatedPopulation = Annotated[
    Population, typer.Option(help="Population of films whose DICOM header does not state it.")
]


def files_in(path: Path, closed: list[Path] | None = None) -> list[Path]:
    """List a file itself, or every file below a folder, in order; hidden ones and links are left out.

    Parameters
    ----------
    closed
        Collects the folders that may not be read.
    """
    if not path.is_dir():
        return [path]

    def keep(error: OSError) -> None:
        if closed is not None and error.filename:
            closed.append(Path(error.filename))

    found = []
    for place, folders, names in os.walk(path, onerror=keep):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = (Path(place, name) for name in names if not name.startswith("."))
        found += [file for file in files if file.is_file() and not file.is_symlink()]
    return sorted(found)


def left_out_line(kinds: Counter[str]) -> str:
    """Summarise the files that are not films, by kind."""
    files = "1 file" if kinds.total() == 1 else f"{kinds.total()} files"
    return f"left out: {files} ({', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))})"
