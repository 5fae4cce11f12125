"""The whole benchmark in one run, from the memory of a fresh process to the app in a browser."""

import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from cxr.engine_choice import Choice, choose_engine
from cxr.lab.bench.app_start import measure_start
from cxr.lab.bench.bench_films import film_paths, film_sets, many_films
from cxr.lab.bench.memory_growth import measure_memory
from cxr.lab.bench.parts import measure_parts
from cxr.lab.bench.plain_pipeline import PlainPipeline
from cxr.lab.bench.sets import measure_set
from cxr.lab.bench.speed import FULL_SIZE, Machine, Speed
from cxr.lab.bench.worklist_overhead import measure_worklist
from cxr.model.bundle import load_bundle
from cxr.model.engines import installed_libraries
from cxr.model.identity import Library
from cxr.model.threads import ALL
from cxr.screening import Screener
from cxr.settings import Settings

PARTS_FILMS = 8
WORKLIST_FILMS = 256

Progress = Callable[[str], None]


def benchmark(
    folder: Path, data: Path, settings: Settings, rounds: int, soak: int, progress: Progress
) -> Speed:
    """Measure the speed of a bundle.

    Parameters
    ----------
    folder, data
        Folder of the bundle, and of the films.
    settings
        Give batch size and prevalence.
    rounds
        Rounds in which each contender takes its turn.
    soak
        Films screened to see whether memory grows.
    progress
        Called with what is measured next.
    """
    started = time.perf_counter()
    film_paths(data)
    bundle = load_bundle(folder)
    libraries = installed_libraries()
    progress("engines")
    choices: dict[str, Choice] = {}
    for library in libraries:
        fixed = {"engine": library, "precision": "auto", "site_profile": None}
        choices[library.value] = choose_engine(bundle, settings.model_copy(update=fixed))
    batch_size = settings.batch_size
    screeners = {
        name: Screener(bundle, batch_size, settings.prevalence, choice.engine)
        for name, choice in choices.items()
    }
    serving = screeners[libraries[-1]]
    progress(f"memory over {soak} films")
    memory = measure_memory(serving, many_films(data, 1000), soak)
    sets, plain = film_sets(data, serving), PlainPipeline(bundle)
    measured = []
    for films in sets:
        progress(f"{films.name}, {len(films.files)} films, in {rounds} rounds")
        measured.append(measure_set(films, plain, screeners, rounds))
    full_size = next(films.files for films in sets if films.name == FULL_SIZE)
    progress("steps of one film")
    parts = {
        name: measure_parts(bundle, choice.engine, full_size[:: len(full_size) // PARTS_FILMS])
        for name, choice in choices.items()
    }
    progress(f"the worklist, {WORKLIST_FILMS} films")
    worklist = measure_worklist(
        serving, batch_size, [*full_size, *many_films(data, WORKLIST_FILMS - len(full_size))], rounds
    )
    progress("the app in a browser")
    start = measure_start(full_size[0], bundle.digest)
    return Speed(
        bundle=bundle.version,
        machine=_machine(libraries),
        engines={name: choice.sentence for name, choice in choices.items()},
        sets=tuple(measured),
        parts=parts,
        memory=memory,
        seconds=time.perf_counter() - started,
        worklist=worklist,
        start=start,
    )


def _machine(libraries: list[Library]) -> Machine:
    packages = (*libraries, "torchvision", "grad-cam", "pillow", "numpy")
    return Machine(
        _processor(), ALL, {"python": platform.python_version()} | {p: version(p) for p in packages}
    )


def _processor() -> str:
    """Return the processor's name as the system reports it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
