"""Make what the app ships with: a bundle, and sample films that show nobody."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.loading import LabelsOption, fail, fails_on, labels_file, load_settings, print_digest

COMPOSITE_SIDE = 224
SourcesOption = Annotated[
    list[str], typer.Option("--source", help="Source of films in the labels; repeatable.")
]


def train(
    sources: SourcesOption,
    bundle: Annotated[str, typer.Option(help="Name of the bundle to write: lower case, digits, dashes.")],
    labels: LabelsOption = None,
    weights: Annotated[
        str,
        typer.Option(
            help="Initial weights: a safetensors file, 'imagenet' for a package's, or a bundle's folder."
        ),
    ] = "imagenet",
    keep_start: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the weights of the bundle it starts from in the result."),
    ] = 0.0,
    run: Annotated[Path | None, typer.Option(help="Folder of checkpoints; by default runs/BUNDLE.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 5,
    steps: Annotated[int, typer.Option(min=1, help="Batches per epoch.")] = 180,
    stop_after: Annotated[
        int | None, typer.Option(min=1, help="Stop after this epoch of the schedule, and use what is there.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=2, help="Films per step.")] = 32,
    learning_rate: Annotated[
        float, typer.Option(min=0, help="Peak learning rate of the trunk; the head uses four times that.")
    ] = 6e-4,
    focus: Annotated[
        float, typer.Option(min=0, help="Weight of the loss that keeps the heat map in the opacities.")
    ] = 0.0,
    lungs: Annotated[
        float, typer.Option(min=0, help="Weight of the loss of a layer that finds the lungs.")
    ] = 0.0,
    write: Annotated[
        bool, typer.Option("--bundle-too/--no-bundle", help="Write the bundle after the last epoch.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 7,
    bfloat16: Annotated[
        bool | None, typer.Option(help="Train in mixed precision; by default if the processor supports it.")
    ] = None,
) -> None:
    """Train a network on labelled films and write its bundle.

    The same command resumes an interrupted run.
    """
    from cxr.film import FilmError
    from cxr.lab.train.fit_settings import FitSettings
    from cxr.lab.train.training_run import RunSettings
    from cxr.lab.train.training_run import train as train_bundle
    from cxr.measure.labels import LabelsError
    from cxr.measure.operating_points import NotSeparableError
    from cxr.model.bundle import BundleError
    from cxr.model.precision import has_bfloat16

    if keep_start and not Path(weights).is_dir():
        fail("--keep-start needs a bundle to start from: give its folder with --weights.")
    settings = load_settings()
    run_settings = RunSettings(
        labels=labels_file(labels),
        sources=tuple(sources),
        weights=weights,
        run=run or Path("runs") / bundle,
        bundle=settings.models / bundle,
        write=write,
        stop_after=stop_after,
        keep_start=keep_start,
        command=_command(),
    )
    fit_settings = FitSettings(
        epochs=epochs,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        focus=focus,
        lungs=lungs,
        seed=seed,
        bfloat16=has_bfloat16() if bfloat16 is None else bfloat16,
    )
    with fails_on(LabelsError, FilmError, FileNotFoundError, ValueError, NotSeparableError, BundleError):
        train_bundle(run_settings, fit_settings)
    if write:
        print(f"Wrote {settings.models / bundle}. Measure it with 'cxr evidence'.")
        print_digest(settings.models / bundle)


def refit(
    labels: LabelsOption = None,
) -> None:
    """Fit calibration and operating points of the bundle again.

    Uses the tuning patients of the bundle's own training. Weights and quality check stay as they are.
    """
    from cxr.lab.train.refit import refit as fit_again
    from cxr.measure.labels import LabelsError, read_labels
    from cxr.measure.operating_points import NotSeparableError
    from cxr.model.bundle import BundleError

    settings = load_settings()
    folder = settings.models / settings.bundle
    with fails_on(LabelsError, NotSeparableError, BundleError):
        card = fit_again(folder, read_labels(labels_file(labels)), "python -m cxr refit")
    for population, found in card.populations.items():
        points = found.operating_points
        print(f"{population}: low point {points.low:.3f}, high point {points.high:.3f}")
    print(f"Wrote {folder}. Measure it with 'cxr evidence'.")
    print_digest(folder)


def join(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="Folder of a bundle.")],
    second: Annotated[
        Path, typer.Argument(metavar="SECOND", help="Folder of another, trained on the same films.")
    ],
    bundle: Annotated[str, typer.Option(help="Name of the bundle to write: lower case, digits, dashes.")],
    labels: LabelsOption = None,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Weight of the first network in the mean.")
    ] = 0.5,
) -> None:
    """Join two bundles: trunks side by side, and the mean of their logits.

    Calibration, operating points and the quality check are fitted on the joined network.
    """
    from cxr.lab.train.finish import NOT_CHEST
    from cxr.lab.train.join import join as join_bundles
    from cxr.measure.labels import LabelsError, read_labels
    from cxr.measure.operating_points import NotSeparableError
    from cxr.model.bundle import BundleError

    folder, films = load_settings().models / bundle, labels_file(labels)
    with fails_on(LabelsError, NotSeparableError, BundleError, ValueError):
        join_bundles((first, second), folder, read_labels(films), films.parent / NOT_CHEST, share, _command())
    print(f"Wrote {folder}. Measure it with 'cxr evidence'.")
    print_digest(folder)


def leave_out(
    left_out: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Sources to train without.")],
    sources: SourcesOption,
    labels: LabelsOption = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder of checkpoints; by default runs/without-SOURCE.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 4,
    steps: Annotated[int, typer.Option(min=1, help="Batches per epoch.")] = 100,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 7,
) -> None:
    """Train without a hospital and measure on it.

    Shows how the recipe carries over to the next hospital. The operating points are those of the others.
    """
    from cxr.film import FilmError
    from cxr.lab.evaluate.tables import table
    from cxr.lab.train.crossing import MEASURES
    from cxr.lab.train.crossing import leave_out as measure
    from cxr.lab.train.fit_settings import FitSettings
    from cxr.lab.train.training_run import RunSettings
    from cxr.measure.labels import LabelsError
    from cxr.measure.operating_points import NotSeparableError

    settings, name = load_settings(), f"without-{'-'.join(left_out)}"
    run_settings = RunSettings(
        labels=labels_file(labels),
        sources=tuple(sources),
        weights="imagenet",
        run=run or Path("runs") / name,
        bundle=settings.models / name,
        command="",
        write=False,
    )
    with fails_on(LabelsError, FilmError, FileNotFoundError, ValueError, NotSeparableError):
        found = measure(run_settings, FitSettings(epochs=epochs, steps=steps, seed=seed), left_out)
    head = ("left out", "population", "films", *(name.replace("_", ", ") for name in MEASURES))
    print(table(head, (crossing.row for crossing in found)))


def composites(
    sources: SourcesOption,
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")],
    labels: LabelsOption = None,
) -> None:
    """Blend training films into sample films that show nobody."""
    from cxr.film import FilmError
    from cxr.lab.train.composites import write_composites
    from cxr.lab.train.film_set import load_films, split_films
    from cxr.lab.train.split import Part
    from cxr.measure.labels import LabelsError, keep, read_labels

    path = labels_file(labels)
    with fails_on(LabelsError, FilmError, ValueError):
        films = load_films(keep(read_labels(path), sources=sources, splits=["train"]), COMPOSITE_SIDE)
        written = write_composites(split_films(films)[Part.FIT], out)
    for path in written:
        print(f"Wrote {path}.")


def _command() -> str:
    """Write the command being run, with absolute paths shortened to the file name: they name no machine."""
    arguments = (Path(one).name if Path(one).is_absolute() else one for one in sys.argv[1:])
    return shlex.join(["python", "-m", "cxr", *arguments])
