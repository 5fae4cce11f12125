"""What many films a day need: measured, and calculated."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.loading import compute_on, fail, load_screener, load_settings
from cxr.cli.scoring import files_in
from cxr.cluster.capacity import page, read_figures, write_figures
from cxr.film import Population
from cxr.worklist.database import WorklistError
from cxr.worklist.throughput import measure_database
from cxr.worklist.worker import thumbnail

SAMPLES = Path(__file__).resolve().parents[1] / "ui" / "samples"


def capacity(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Films to measure with; by default the samples."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="Measure anew, on a postgresql:// URL whose user may make databases."),
    ] = None,
    films: Annotated[int, typer.Option(min=32, help="Films to hand in when measuring.")] = 4000,
    clients: Annotated[int, typer.Option(min=1, max=64, help="Processes that hand in side by side.")] = 4,
) -> None:
    """Print what a million films a day need, from what was measured; with --server measure that first."""
    settings = load_settings()
    bundle = settings.models / settings.bundle
    if server is not None:
        compute_on(1)
        screener = load_screener(settings.prevalence)
        files = [(file, Population.UNKNOWN) for path in paths or [SAMPLES] for file in files_in(path)]
        list(screener.screen(files[:1]))  # the first pass through a network is slow
        began = time.perf_counter()
        outcomes = list(screener.screen(files))
        rate = len(files) / (time.perf_counter() - began)
        readings = [(one.reading, thumbnail(one.film)) for one in outcomes if one.reading and one.film]
        if not readings:
            fail("None of the films can be read: name others to measure with.")
        print(f"Measured {rate:.1f} films a second on one core.", file=sys.stderr)
        try:
            write_figures(bundle, measure_database(server, readings, films, clients), rate)
        except (WorklistError, ValueError) as error:
            fail(str(error))
    try:
        print(page(*read_figures(bundle)))
    except FileNotFoundError:
        fail(f"Nothing was measured yet for {bundle}. Measure with --server URL.")
