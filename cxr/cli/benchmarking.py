"""Measure speed: of scoring, against a plain pipeline in the same run; of pages and viewer; under load."""

import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import data_folder, fail, fails_on, load_measured_bundle, load_settings
from cxr.film.counted import counted

if TYPE_CHECKING:
    from cxr.lab.bench.user_load import Load

FEWEST_CASES = 100
"""So that each page has something to show."""
SIZES = (1_000, 100_000)
SECONDS_PER_CASE = 14
"""At least; nobody finds the list empty."""
LOG_CHARACTERS = 10_000
"""Of the end of the app's log, shown where something was lost."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def bench(
    as_json: AsJson = False,
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


def bench_users(
    people: Annotated[int, typer.Option(min=1, help="People who are signed in and work.")] = 20,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long they work.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Measure how the app bears many people at once.

    They list, claim, look, record findings and upload films, in an app of their own on this machine. Exit
    code 1 if anything that they did was lost.
    """
    import asyncio

    from cxr.lab.bench.bench_films import many_films
    from cxr.lab.bench.served_app import APP_LOG, database_of, served_app
    from cxr.lab.bench.user_load import prepare, work
    from cxr.worklist.worklist import Worklist

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
        _show_load(load)
    if load.lost or load.recorded != load.read:
        raise typer.Exit(1)


def bench_pages(
    cases: Annotated[
        list[int] | None,
        typer.Option(min=FEWEST_CASES, help="Generated cases; repeatable. By default 1000 and 100000."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="A postgresql:// URL whose user may create databases; by default SQLite."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how fast the worklist's pages answer.

    Generates cases in a temporary database, which is removed afterwards.
    """
    from cxr.lab.bench.page_times import temporary_database, times_of
    from cxr.worklist.store.database import WorklistError

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


def bench_viewer(
    opened: Annotated[int, typer.Option(min=1, help="How often the film is opened and windowed.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Measure how soon the viewer shows a film.

    A film of 2500 by 2500 pixels is opened from the worklist by a click, and windowed with the mouse. Needs
    Chromium and the package playwright; exit code 1 without them.
    """
    from cxr.lab.bench.viewer_times import measure_viewer

    times = measure_viewer(load_measured_bundle().digest, opened)
    if times is None:
        fail("No Chromium, or no package playwright, is installed. Install both, and measure again.")
    if as_json:
        print(json.dumps(asdict(times)))
        return
    print(
        f"From the click to a picture {times.first_picture} ms, to the whole film {times.whole_film} ms; "
        f"windowing draws {times.frames_a_second} frames a second."
    )


def _report(step: str) -> None:
    print(f"bench: {step}", file=sys.stderr, flush=True)


def _show_load(load: "Load") -> None:
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
