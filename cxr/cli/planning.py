"""What many films a day need: measured, and calculated."""

from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.loading import fail, load_screener, load_settings
from cxr.cli.scoring import files_in
from cxr.cluster.capacity import page, read_figures, write_figures
from cxr.evidence.evidence import EvidenceError
from cxr.evidence.speed import read_speed
from cxr.film import Population
from cxr.samples import sample_paths
from cxr.worklist.database import WorklistError
from cxr.worklist.throughput import measure_database
from cxr.worklist.worker import thumbnail


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
        files = [(file, Population.UNKNOWN) for path in paths for file in files_in(path)] if paths else None
        outcomes = load_screener().screen(files or [(path, Population.CHILD) for path in sample_paths()])
        readings = [(one.reading, thumbnail(one.film)) for one in outcomes if one.reading and one.film]
        if not readings:
            fail("None of the films can be read: name others to measure with.")
        try:
            write_figures(bundle, measure_database(server, readings, films, clients))
        except (WorklistError, ValueError) as error:
            fail(str(error))
    try:
        print(page(read_figures(bundle), read_speed(bundle).films_a_second_a_core))
    except EvidenceError as error:
        fail(str(error))
