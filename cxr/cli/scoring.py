"""Score films, one line a film."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cxr.cli.loading import load_screener
from cxr.film import Population

if TYPE_CHECKING:
    from cxr.screening import Outcome


def score(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Film files, or folders of them.")],
    population: Annotated[
        Population, typer.Option(help="Whom the films show, where their header does not say.")
    ] = Population.UNKNOWN,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Score films: probability, flag and reasons, one line a film, in the order given.

    Exit code 0 where every film was read or refused with a reason, 1 where a file could not be read.
    """
    screener = load_screener()
    files = [file for path in paths for file in files_in(path)]
    if not files:
        raise typer.BadParameter("there is no file in it; name films, or a folder that holds some.")
    unread = False
    outcomes = screener.screen((file, population) for file in files)
    for file, outcome in zip(files, outcomes, strict=True):
        line = _score_line(file, population, outcome, screener.version)
        print(json.dumps(line) if as_json else _words(line), flush=True)
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


def _score_line(file: Path, stated: Population, outcome: "Outcome", version: str) -> dict[str, Any]:
    line: dict[str, Any] = {"file": str(file), "flag": "refused", "probability": None}
    if outcome.error:
        reasons = [{"code": outcome.error.code, "sentence": outcome.error.sentence}]
        return line | {"reasons": reasons, "population": stated, "model": version, "seconds": None}
    film, reading = outcome.film, outcome.reading
    assert film and reading
    return line | {
        "flag": reading.decision.flag,
        "probability": reading.score and round(reading.score.probability, 4),
        "reasons": [{"code": r.code, "sentence": r.sentence} for r in reading.decision.reasons],
        "population": stated if film.population is Population.UNKNOWN else film.population,
        "model": reading.bundle_version,
        "seconds": round(reading.seconds, 4),
    }


def _words(line: dict[str, Any]) -> str:
    probability = "  -  " if line["probability"] is None else f"{line['probability']:.3f}"
    reasons = " ".join(reason["sentence"] for reason in line["reasons"])
    return f"{line['flag']:8} {probability}  {printable(line['file'])}  {reasons}".rstrip()


def printable(text: str) -> str:
    """Text for a terminal: a file's name may hold line ends and commands for it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
