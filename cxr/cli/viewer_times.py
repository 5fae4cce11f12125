"""How soon a click shows a film, and how smoothly it is windowed."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cxr.cli.loading import fail, load_measured_bundle


def bench_viewer(
    opened: Annotated[int, typer.Option(min=1, help="How often the film is opened and windowed.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
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
