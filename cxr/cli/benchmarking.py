"""Measure speed, against a plain pipeline in the same run."""

import os
import sys
from typing import Annotated

import typer

from cxr.cli.loading import data_folder, fail, fails_on, load_measured_bundle, load_settings


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Save the result as speed.json beside the model.")
    ] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="Measure nothing; print the saved result.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each pipeline.")] = 3,
    soak: Annotated[int, typer.Option(min=10, help="Films to screen when measuring memory growth.")] = 2_000,
) -> None:
    """Measure speed on real films, against a plain pipeline.

    Takes several minutes on an otherwise idle machine. Exit code 1 if films are missing.
    """
    from cxr.evidence.metrics_file import EvidenceError
    from cxr.lab.bench.speed import MEASURE_IT, SPEED, read_speed
    from cxr.lab.bench.speed_table import speed_tables

    settings = load_settings()
    folder = settings.models / settings.bundle
    if save and stored:
        raise typer.BadParameter("--stored prints what --save wrote: give only one of them.")
    if save and not os.access(folder, os.W_OK):
        fail(f"{folder} is not writable, so --save cannot work. Measure without it.")
    with fails_on(EvidenceError):
        if stored:
            speed = read_speed(folder)
            if speed.bundle != (version := load_measured_bundle().version):
                _report(
                    f"{folder / SPEED} describes {speed.bundle}, but the model is {version}. {MEASURE_IT}"
                )
        else:
            from cxr.lab.bench.benchmark_run import benchmark
            from cxr.model.bundle import BundleError

            with fails_on(FileNotFoundError, BundleError):
                speed = benchmark(folder, data_folder(settings), settings, rounds, soak, _report)
    print(speed.to_json(indent=1) if as_json else speed_tables(speed))
    if save:
        (folder / SPEED).write_text(speed.to_json(indent=1))
        _report(f"wrote {folder / SPEED}")


def _report(step: str) -> None:
    print(f"bench: {step}", file=sys.stderr, flush=True)
