"""How the app bears many people at once."""

import asyncio
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import data_folder, fail, load_settings
from cxr.film.counted import counted
from cxr.lab.bench.bench_films import many_films
from cxr.lab.bench.served_app import APP_LOG, database_of, served_app
from cxr.lab.bench.user_load import Load, prepare, work
from cxr.worklist.worklist import Worklist

SECONDS_PER_CASE = 14
"""At least; nobody finds the list empty."""
LOG_CHARACTERS = 10_000
"""Of the end of the app's log, shown where something was lost."""


def bench_users(
    people: Annotated[int, typer.Option(min=1, help="People who are signed in and work.")] = 20,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long they work.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how the app bears many people at once.

    They list, claim, look, record findings and upload films, in an app of their own on this machine. Exit
    code 1 if anything that they did was lost.
    """
    cases = int(people * (60 * minutes / SECONDS_PER_CASE + 5))
    films = many_films(data_folder(load_settings()), cases + cases // 3)
    if len(films) < cases + people:
        fail(
            f"{counted(len(films), 'film')} found, and {cases + people} are needed. "
            "Choose fewer people or minutes."
        )
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="cxr-") as name:
        folder = Path(name)
        worklist = Worklist(database_of(folder), folder / "films")
        tokens = prepare(worklist, films[:cases], people)
        with served_app(folder, CXR_SIGN_IN="local") as app:
            load = asyncio.run(work(app, worklist, tokens, films[cases:], 60 * minutes))
        if load.lost:
            print((folder / APP_LOG).read_text(errors="replace")[-LOG_CHARACTERS:], file=sys.stderr)
    if as_json:
        print(json.dumps(asdict(load)))
    else:
        _show(load)
    if load.lost or load.recorded != load.read:
        raise typer.Exit(1)


def _show(load: Load) -> None:
    table = Table("", "times", "median, s", "95 % under, s", "longest, s", box=SIMPLE)
    for what, (times, median, most, longest) in load.percentiles().items():
        table.add_row(what, str(times), f"{median:.2f}", f"{most:.2f}", f"{longest:.2f}")
    Console().print(table, highlight=False)
    third = max(1, len(load.memory_mb) // 3)
    first, last = max(load.memory_mb[:third]), max(load.memory_mb[-third:])
    print(f"Memory: at most {first:.0f} MB in the first third, {last:.0f} MB in the last.")
    print(f"Findings: {load.recorded} recorded, {load.read} in the audit trail. Lost: {len(load.lost)}.")
    for what in load.lost:
        print(f"- {what}")
