"""The cost of each step from file to heat map."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cxr.explain.gradcam import grad_cam, heat_map
from cxr.film import Population, read_film
from cxr.lab.bench.speed import Parts
from cxr.lab.bench.timing import in_turns
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.preprocess import resize, side_wanted, to_input
from cxr.model.score import calibrate
from cxr.model.threads import compute_on
from cxr.quality.check import check_film
from cxr.quality.head import check_features, region_features

REPEATS = 7
CHILD = Population.CHILD


def measure_parts(bundle: Bundle, engine: Engine, paths: Sequence[Path]) -> Parts:
    """Time each step on one core, in turn, over a batch of films as they are read for scoring."""
    compute_on(1)
    card = bundle.card
    side = side_wanted(card.preprocessing.size)
    films = [read_film(path, side) for path in paths]
    resized = np.stack([resize(film, card.preprocessing.size) for film in films])
    batch = to_input(resized, card.preprocessing)
    activation = engine.run(resized, 1)
    maps = engine.trunk(batch, 1)

    def check_quality() -> None:
        for film in films:
            check_film(film, CHILD, card.populations)
        check_features(region_features(activation.maps), bundle.quality_head)

    size = card.preprocessing.size
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: [read_film(path, side) for path in paths],
        "resize": lambda: to_input(np.stack([resize(film, size) for film in films]), card.preprocessing),
        "forward": lambda: engine.trunk(batch, 1),
        "head": lambda: engine.finish(maps),
        "quality": check_quality,
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
