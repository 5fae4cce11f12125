"""How fast the worklist's pages answer on a long list."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import fails_on
from cxr.lab.bench.page_times import FEWEST_CASES, temporary_database, times_of
from cxr.worklist.store.database import WorklistError

SIZES = (1_000, 100_000)


def bench_pages(
    cases: Annotated[
        list[int] | None,
        typer.Option(min=FEWEST_CASES, help="Generated cases; repeatable. By default 1000 and 100000."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="A postgresql:// URL whose user may create databases; by default SQLite."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how fast the worklist's pages answer.

    Generates cases in a temporary database, which is removed afterwards.
    """
    found = {}
    with fails_on(WorklistError, ValueError):
        for count in cases or SIZES:
            with temporary_database(server) as url:
                found[count] = times_of(url, count)
    if as_json:
        print(json.dumps({count: [asdict(one) for one in measured] for count, measured in found.items()}))
        return
    table = Table("Median milliseconds", *(f"{count:,} cases" for count in found), box=SIMPLE)
    for answers in zip(*found.values(), strict=True):
        table.add_row(answers[0].question, *(f"{one.median:.0f}" for one in answers))
    Console().print(table, highlight=False)
