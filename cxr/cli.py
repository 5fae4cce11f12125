"""The command line: `python -m cxr --help`. Torch is imported by the commands that need it only."""

import json
import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from cxr import RESEARCH_USE
from cxr.film import Population
from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.screening import Outcome, Screener

COMPOSITE_SIDE = 224

app = typer.Typer(
    help=f"Screening of chest radiographs for pneumonia. {RESEARCH_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def train(
    sources: Annotated[
        list[str], typer.Option("--source", help="Source of films in the labels; repeatable.")
    ],
    bundle: Annotated[str, typer.Option(help="Name of the bundle to write: lower case, digits, dashes.")],
    labels: Annotated[Path | None, typer.Option(help="labels.csv; by default that of CXR_DATA.")] = None,
    weights: Annotated[
        str, typer.Option(help="Starting weights: a safetensors file, or 'imagenet' for torchvision's.")
    ] = "imagenet",
    run: Annotated[Path | None, typer.Option(help="Folder of checkpoints; by default runs/BUNDLE.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs at most.")] = 8,
    patience: Annotated[int, typer.Option(min=1, help="Stop after so many epochs without gain.")] = 4,
    batch_size: Annotated[int, typer.Option(min=2, help="Films a step.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 7,
    bfloat16: Annotated[bool, typer.Option(help="Train in mixed precision.")] = True,
) -> None:
    """Train a network on labelled films and write its bundle; the same command goes on with a stopped run."""
    from cxr.evaluate.labels import LabelsError
    from cxr.film import FilmError
    from cxr.train.fit import FitSettings
    from cxr.train.operating_points import NotSeparableError
    from cxr.train.run import RunSettings
    from cxr.train.run import train as train_bundle

    settings = _settings()
    run_settings = RunSettings(
        labels=labels or settings.data / "labels.csv",
        sources=tuple(sources),
        weights=weights,
        run=run or Path("runs") / bundle,
        bundle=settings.models / bundle,
        command=shlex.join(["python", "-m", "cxr", *_without_paths(sys.argv[1:])]),
    )
    fit_settings = FitSettings(
        epochs=epochs, patience=patience, batch_size=batch_size, seed=seed, bfloat16=bfloat16
    )
    try:
        card = train_bundle(run_settings, fit_settings)
    except (LabelsError, FilmError, FileNotFoundError, ValueError, NotSeparableError) as error:
        _fail(str(error))
    for name, metrics in card.metrics.items():
        print(f"{name}: AUROC {metrics.auroc}, {metrics.films} films of {metrics.patients} patients")
    print(f"Wrote {settings.models / bundle}.")


@app.command()
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
    screener = _screener()
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise typer.BadParameter("there is no file in it; name films, or a folder that holds some.")
    unread = False
    outcomes = screener.screen((file, population) for file in files)
    for file, outcome in zip(files, outcomes, strict=True):
        line = _score_line(file, population, outcome, screener.version)
        print(json.dumps(line) if as_json else _words(line), flush=True)
        unread |= outcome.error is not None
    raise typer.Exit(int(unread))


@app.command()
def evaluate(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="Labelled films.")],
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and the figures.")],
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Only films of this source; repeatable.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Only this split of the labels; 'holdout' is what training held out of 'train'."),
    ] = None,
) -> None:
    """Measure the model on labelled films, with 95 % intervals over patients, and draw figures."""
    from rich.progress import Progress

    from cxr.evaluate.labels import LabelsError, read_labels
    from cxr.evaluate.run import METRICS
    from cxr.evaluate.run import evaluate as measure
    from cxr.train.selection import select_films

    screener = _screener()
    try:
        films = select_films(read_labels(labels), screener.card.preprocessing.size, sources or (), split)
    except LabelsError as error:
        _fail(str(error))
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("films", total=len(films))
        evaluation = measure(films, screener, out, lambda done, _: bar.update(task, completed=done))
    print(evaluation.summary())
    print(f"Wrote {out / METRICS} and the figures beside it.")


@app.command()
def results() -> None:
    """Print what the model reached on validation patients, as the README shows it."""
    from cxr.evaluate.results import results_table

    print(results_table(_screener().card))


@app.command()
def composites(
    sources: Annotated[
        list[str], typer.Option("--source", help="Source of films in the labels; repeatable.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")],
    labels: Annotated[Path | None, typer.Option(help="labels.csv; by default that of CXR_DATA.")] = None,
) -> None:
    """Blend training films into sample films that show nobody."""
    from cxr.evaluate.labels import LabelsError, keep, read_labels
    from cxr.film import FilmError
    from cxr.train.composites import write_composites
    from cxr.train.films import load_films, split_films
    from cxr.train.split import Part

    path = labels or _settings().data / "labels.csv"
    try:
        films = load_films(keep(read_labels(path), sources=sources, splits=["train"]), COMPOSITE_SIDE)
        written = write_composites(split_films(films)[Part.FIT], out)
    except (LabelsError, FilmError, ValueError) as error:
        _fail(str(error))
    for path in written:
        print(f"Wrote {path}.")


@app.command()
def settings() -> None:
    """Print every setting, its value and what it is for."""
    values = _settings()
    for name, field in Settings.model_fields.items():
        print(f"CXR_{name.upper()}={values.shown(name)}  # {field.description}")


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            name = f"CXR_{'.'.join(str(part) for part in wrong['loc']).upper()}"
            print(
                f"{name}={wrong['input']}: {wrong['msg']}. Change it in the environment or in cxr.toml.",
                file=sys.stderr,
            )
        raise typer.Exit(2) from None


def _screener() -> "Screener":
    from cxr.model.bundle import BundleError, load_bundle
    from cxr.screening import Screener

    settings = _settings()
    try:
        return Screener(load_bundle(settings.models / settings.bundle), settings.batch_size)
    except BundleError as error:
        _fail(str(error))


def _files(path: Path) -> list[Path]:
    """A file itself; of a folder every file below it, in order, but for hidden ones."""
    if not path.is_dir():
        return [path]
    visible = (
        file for file in path.rglob("*") if not any(p.startswith(".") for p in file.relative_to(path).parts)
    )
    return sorted(file for file in visible if file.is_file())


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
    # A file's name may hold line ends and commands for the terminal.
    file = "".join(sign if sign.isprintable() else "?" for sign in line["file"])
    return f"{line['flag']:8} {probability}  {file}  {reasons}".rstrip()


def _without_paths(arguments: list[str]) -> list[str]:
    """Arguments as anyone could type them: paths shortened to the file's name."""
    return [Path(argument).name if "/" in argument else argument for argument in arguments]


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(1)
