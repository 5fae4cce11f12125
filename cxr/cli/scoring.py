"""Score films, one line a film."""

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr.cli.loading import load_screener
from cxr.cluster.row import score_row
from cxr.film import Population
from cxr.film.printable import printable


class Engine(StrEnum):
    """What films are scored by."""

    HERE = "here"
    RAY = "ray"


def score(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Film files, or folders of them; with Ray also URLs."),
    ] = None,
    population: Annotated[
        Population, typer.Option(help="Whom the films show, where their header does not say.")
    ] = Population.UNKNOWN,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    engine: Annotated[Engine, typer.Option(help="This process, or a Ray cluster.")] = Engine.HERE,
    urls: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Ray: a list of paths and URLs, one a line; - is stdin."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR_OR_URL", help="Ray: folder for rows as Parquet; goes on there.")
    ] = None,
    to_worklist: Annotated[
        bool,
        typer.Option(
            "--to-worklist",
            help="Ray: put films on the worklist; on several machines CXR_DATABASE must be PostgreSQL.",
        ),
    ] = False,
) -> None:
    """Score films: probability, flag and reasons, one line a film, in the order given.

    Exit code 0 where every film was read or refused with a reason, 1 where a file could not be read.
    """
    if "" in (paths or []):
        raise typer.BadParameter("a name is empty, as of a variable that is not set: name films or folders.")
    if engine is Engine.RAY:
        if as_json:
            raise typer.BadParameter("with --engine ray results go to --out or --to-worklist, not to --json.")
        from cxr.cli.clustering import score_on_cluster

        score_on_cluster(paths or [], urls, population, out, to_worklist)
    elif urls or out or to_worklist:
        raise typer.BadParameter("--urls, --out and --to-worklist go with --engine ray.")
    else:
        _score_here([Path(path) for path in paths or []], population, as_json)


def _score_here(paths: list[Path], population: Population, as_json: bool) -> None:
    if not paths:
        raise typer.BadParameter("name films, or a folder that holds some.")
    files = [file for path in paths for file in files_in(path)]
    if not files:
        raise typer.BadParameter("there is no file in it; name films, or a folder that holds some.")
    screener = load_screener()
    unread = False
    outcomes = screener.screen((file, population) for file in files)
    for file, outcome in zip(files, outcomes, strict=True):
        row = score_row(str(file), population, outcome, screener.version)
        print(json.dumps(row) if as_json else _words(row), flush=True)
        unread |= outcome.error is not None
    raise typer.Exit(int(unread))


def files_in(path: Path, closed: list[Path] | None = None) -> list[Path]:
    """A file itself; of a folder every file below it, in order, but for hidden ones and links.

    Parameters
    ----------
    closed
        Gets the folders that may not be looked into.
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


def _words(row: dict[str, Any]) -> str:
    probability = "  -  " if row["probability"] is None else f"{row['probability']:.3f}"
    reasons = " ".join(reason["sentence"] for reason in row["reasons"])
    return f"{row['flag']:8} {probability}  {printable(row['file'])}  {reasons}".rstrip()
