"""The whole benchmark: one run, from the memory of a fresh process to the app in a browser."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from cxr.bench.films import film_paths, film_sets, many_films
from cxr.bench.memory import measure_memory
from cxr.bench.parts import measure_floor, measure_parts
from cxr.bench.reference import PlainPipeline
from cxr.bench.sets import measure_set
from cxr.bench.start import measure_start
from cxr.bench.workers import measure_workers
from cxr.bench.worklist import measure_worklist
from cxr.engine_choice import Choice, choose_engine
from cxr.evidence.speed import FULL_SIZE, Machine, Speed
from cxr.film import read_film
from cxr.model.bundle import load_bundle
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.preprocess import side_wanted, squash
from cxr.model.threads import ALL
from cxr.screening import Screener

PARTS_FILMS = 8
WORKLIST_FILMS, WORKERS_FILMS = 256, 384

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Settings of the engine whose speed is measured."""

    engine: Literal["torch", "openvino"]
    batch_size: int
    prevalence: float
    precision: Literal["auto", "float32"] = "auto"


def benchmark(
    folder: Path, data: Path, batch_size: int, prevalence: float, rounds: int, soak: int, told: Told
) -> Speed:
    """Measure a bundle's speed.

    Parameters
    ----------
    folder, data
        Of the bundle, and of the films.
    rounds
        Turns of each contender.
    soak
        Films that are screened to see whether memory grows.
    told
        Called with what is measured next.
    """
    started = time.perf_counter()
    film_paths(data)
    bundle = load_bundle(folder)
    libraries: list[Literal["torch", "openvino"]] = ["torch"]
    if openvino_is_installed():
        libraries.append("openvino")
    told("engines")
    choices: dict[str, Choice] = {
        name: choose_engine(bundle, _Wanted(name, batch_size, prevalence)) for name in libraries
    }
    screeners = {
        name: Screener(bundle, batch_size, prevalence, choice.engine) for name, choice in choices.items()
    }
    serving = screeners[libraries[-1]]
    told(f"memory over {soak} films")
    memory = measure_memory(serving, many_films(data, 1000), soak)
    sets, plain = film_sets(data, serving), PlainPipeline(bundle)
    measured = []
    for films in sets:
        told(f"{films.name}, {len(films.files)} films, in {rounds} rounds")
        measured.append(measure_set(films, plain, screeners, rounds))
    full_size = next(films.files for films in sets if films.name == FULL_SIZE)
    told("parts and floor")
    size = bundle.card.preprocessing.size
    squashed = np.stack([squash(read_film(path, side_wanted(size)), size) for path in full_size])
    engines = {name: choice.engine for name, choice in choices.items()}
    parts = {
        name: measure_parts(bundle, engine, full_size[:: len(full_size) // PARTS_FILMS])
        for name, engine in engines.items()
    }
    floors = {name: measure_floor(bundle, engine, squashed) for name, engine in engines.items()}
    told(f"the worklist, {WORKLIST_FILMS} films")
    worklist = measure_worklist(
        serving, batch_size, [*full_size, *many_films(data, WORKLIST_FILMS - len(full_size))], rounds
    )
    told(f"one worker and two, {WORKERS_FILMS} films")
    workers = measure_workers(many_films(data, WORKERS_FILMS))
    told("the app in a browser")
    start = measure_start(full_size[0])
    return Speed(
        bundle=bundle.version,
        machine=_machine(libraries),
        engines={name: choice.sentence for name, choice in choices.items()},
        sets=tuple(measured),
        parts=parts,
        floors=floors,
        memory=memory,
        seconds=time.perf_counter() - started,
        worklist=worklist,
        workers=workers,
        start=start,
    )


def _machine(libraries: list[Literal["torch", "openvino"]]) -> Machine:
    packages = (*libraries, "torchvision", "grad-cam", "pillow", "numpy")
    return Machine(
        _processor(), ALL, {"python": platform.python_version()} | {p: version(p) for p in packages}
    )


def _processor() -> str:
    """The processor's name, as the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
