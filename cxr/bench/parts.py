"""What each part of a film's way costs by itself, and how near the trunk comes to the machine's floor."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.flop_counter import FlopCounterMode

from cxr.bench.timing import in_turns, milliseconds, side_by_side
from cxr.evidence.speed import Floor, Parts
from cxr.explain.gradcam import grad_cam, heat_map
from cxr.film import Population, read_film
from cxr.gate.admission import check
from cxr.gate.head import judge, region_features
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.film_by_film import blank_film
from cxr.model.precision import Precision
from cxr.model.preprocess import side_wanted, squash, to_input
from cxr.model.score import calibrate
from cxr.model.threads import ALL, compute_on

REPEATS = 7
MATRIX_SIDE = 2048
CHILD = Population.CHILD
Squashed = npt.NDArray[np.uint8]


def measure_parts(bundle: Bundle, engine: Engine, paths: Sequence[Path]) -> Parts:
    """Time each part on one core, all in turn, over batches of films as they are read for scoring."""
    compute_on(1)
    card = bundle.card
    side = side_wanted(card.preprocessing.size)
    films = [read_film(path, side) for path in paths]
    squashed = np.stack([squash(film, card.preprocessing.size) for film in films])
    batch = to_input(squashed, card.preprocessing)
    activation = engine.run(squashed, 1)
    maps = engine.trunk(batch, 1)

    def check_and_judge() -> None:
        for film in films:
            check(film, CHILD, card.populations)
        judge(region_features(activation.maps), bundle.gate)

    size = card.preprocessing.size
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: [read_film(path, side) for path in paths],
        "squash": lambda: to_input(np.stack([squash(film, size) for film in films]), card.preprocessing),
        "forward": lambda: engine.trunk(batch, 1),
        "head": lambda: engine.finish(maps),
        "gate": check_and_judge,
        "map": lambda: [heat_map(cam, card.heat, True) for cam in grad_cam(activation)],
        "calibration": lambda: [calibrate(float(one), CHILD, card) for one in activation.logits],
    }
    found = in_turns({name: _over(part, len(paths)) for name, part in ways.items()}, REPEATS)
    return Parts(**{name: statistics.median(values) for name, values in found.items()})


def _over(part: Callable[[], object], films: int) -> Callable[[], int]:
    def run() -> int:
        part()
        return films

    return run


def measure_floor(bundle: Bundle, engine: Engine, squashed: Squashed) -> Floor:
    """Hold the trunk, on all cores at once, against the rate at which they multiply large matrices."""
    batch = to_input(squashed, bundle.card.preprocessing)
    in_bfloat16 = engine.identity.precision is Precision.BFLOAT16
    operations = _operations(bundle)
    # A processor without units for bfloat16 would take minutes.
    rates = {False: _matrix_rate(torch.float32), True: _matrix_rate(torch.bfloat16) if in_bfloat16 else 0.0}

    def run() -> int:
        engine.trunk(batch, 1)
        return len(batch)

    side_by_side(run, ALL)
    forward = statistics.median(milliseconds(lambda: side_by_side(run, ALL)) for _ in range(REPEATS))
    return Floor(
        gflop=operations,
        gflop_bfloat16=operations if in_bfloat16 else 0.0,
        float32_gflops=rates[False],
        bfloat16_gflops=rates[True],
        forward=forward,
        floor=1000 * operations / rates[in_bfloat16],
    )


def _operations(bundle: Bundle) -> float:
    """Floating-point operations of a film, 1e9: two for each multiplication."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        bundle.network.trunk(blank_film(bundle.card.preprocessing.size))
    return float(counter.get_total_flops() / 1e9)


def _matrix_rate(kind: torch.dtype) -> float:
    """Floating-point operations a second, 1e9, of two large matrices on all cores; the best of some tries."""
    compute_on(ALL)
    matrix = torch.ones(MATRIX_SIDE, MATRIX_SIDE, dtype=kind)
    best = min(milliseconds(lambda: len(matrix @ matrix) and 1) for _ in range(REPEATS))
    return 2 * MATRIX_SIDE**3 / best / 1e6
