"""Score films, one line per film."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr.cli.films import StatedPopulation, files_in, left_out_line
from cxr.cli.loading import load_bundle_or_fail
from cxr.cli.site_profiles import ProfileOption, WhichProfile, at_chosen_points, screener_at
from cxr.film import Population
from cxr.film.printable import printable
from cxr.score_row import score_row


class Engine(StrEnum):
    """Where films are scored."""

    HERE = "here"
    RAY = "ray"


def score(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Film files or folders; with Ray also URLs."),
    ] = None,
    population: StatedPopulation = Population.UNKNOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    engine: Annotated[Engine, typer.Option(help="This process, or a Ray cluster.")] = Engine.HERE,
    urls: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Ray: a file of paths and URLs, one per line; - is stdin."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR_OR_URL", help="Ray: folder for Parquet files; a run continues there."),
    ] = None,
    to_worklist: Annotated[
        bool,
        typer.Option(
            "--to-worklist",
            help="Ray: add the films to the worklist; several machines need PostgreSQL in CXR_DATABASE.",
        ),
    ] = False,
    profile: ProfileOption = WhichProfile.AUTO,
) -> None:
    """Score films, one line per film.

    Prints flag, probability and reasons in the order given. Files that are not films, such as a DICOMDIR, and
    links in a folder are left out and counted in one line. Exit code 0 if every film was scored or refused
    with a reason, 1 if a file or folder could not be read.
    """
    if "" in (paths or []):
        raise typer.BadParameter(
            "a name is empty, perhaps from a variable that is not set. Name films or folders."
        )
    if engine is Engine.RAY:
        if as_json:
            raise typer.BadParameter("--json does not go with --engine ray: choose --out or --to-worklist.")
        from cxr.cli.clustering import score_on_cluster

        score_on_cluster(paths or [], urls, population, out, to_worklist, profile)
    elif urls or out or to_worklist:
        raise typer.BadParameter("--urls, --out and --to-worklist need --engine ray.")
    else:
        _score_here([Path(path) for path in paths or []], population, as_json, profile)


def _score_here(paths: list[Path], population: Population, as_json: bool, profile: WhichProfile) -> None:
    if not paths:
        raise typer.BadParameter("name films, or a folder of films.")
    from cxr.film.left_out import left_out_at

    found = files_in(paths)
    screener = screener_at(at_chosen_points(load_bundle_or_fail(), profile))
    unread = bool(found.closed)
    left_out = found.left_out
    outcomes = screener.screen((file, population) for file in found.files)
    for file, outcome in zip(found.files, outcomes, strict=True):
        if outcome.error and (other := left_out_at(file)):
            left_out[other.kind] += 1
            continue
        row = score_row(str(file), population, outcome, screener.version)
        print(json.dumps(row) if as_json else _words(row), flush=True)
        unread |= outcome.error is not None
    if left_out:
        # With --json, standard output holds one object for each film and nothing else.
        print(left_out_line(left_out), file=sys.stderr if as_json else sys.stdout)
    raise typer.Exit(int(unread))


def _words(row: dict[str, Any]) -> str:
    probability = "  -  " if row["probability"] is None else f"{row['probability']:.3f}"
    reasons = " ".join(reason["sentence"] for reason in row["reasons"])
    return f"{row['flag']:8} {probability}  {printable(row['file'], '?')}  {reasons}".rstrip()
