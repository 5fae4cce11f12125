"""How fast it is, beside a plain pipeline in the same run."""

import os
import sys
from typing import Annotated

import typer

from cxr.cli.loading import fail, load_bundle_or_fail, load_settings


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep it as speed.json beside the model.")] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="Measure nothing; print what is kept beside the model.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each contender.")] = 3,
    soak: Annotated[int, typer.Option(min=10, help="Films screened to see whether memory grows.")] = 2_000,
) -> None:
    """Measure speed on real films, as ratios to a plain pipeline in the same run.

    Takes some minutes of a machine that does nothing else. Exit code 1 where films are missing.
    """
    from cxr.evidence.metrics_file import EvidenceError
    from cxr.lab.bench.speed import MEASURE_IT, SPEED, read_speed
    from cxr.lab.bench.speed_table import speed_tables

    settings = load_settings()
    folder = settings.models / settings.bundle
    if save and stored:
        raise typer.BadParameter("--stored prints what --save kept: give one of them.")
    if save and not os.access(folder, os.W_OK):
        fail(f"{folder} may not be written to, so --save cannot keep anything there. Measure without it.")
    try:
        if stored:
            speed = read_speed(folder)
            if speed.bundle != (version := load_bundle_or_fail().version):
                _told(f"{folder / SPEED} is of {speed.bundle}, and the model is {version}. {MEASURE_IT}")
        else:
            from cxr.lab.bench.benchmark_run import benchmark
            from cxr.model.bundle import BundleError

            try:
                speed = benchmark(
                    *(folder, settings.data, settings.batch_size, settings.prevalence, rounds, soak), _told
                )
            except (FileNotFoundError, BundleError) as error:
                fail(str(error))
    except EvidenceError as error:
        fail(str(error))
    print(speed.to_json() if as_json else speed_tables(speed))
    if save:
        (folder / SPEED).write_text(speed.to_json())
        _told(f"wrote {folder / SPEED}")


def _told(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)
