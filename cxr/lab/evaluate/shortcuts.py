"""Is pneumonia found where it cannot be seen? A network that can tell it there reads something else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.evidence.shortcuts import Shortcut
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import REPEATS, Array, Bools, Metric, auroc, bootstrap
from cxr.model.estimate import Estimate

Films = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of films to cover: from and to, as shares of height and of width."""

    rows: tuple[float, float]
    columns: tuple[float, float]

    def on(self, resized: Films) -> Films:
        """Cover films of shape (films, size, size) with the median of what stays visible of each.

        The median of the whole film would tell how bright what is covered was. The result is new.
        """
        size = resized.shape[1]
        rows, columns = (slice(round(a * size), round(b * size)) for a, b in (self.rows, self.columns))
        visible = np.ones((size, size), dtype=np.bool_)
        visible[rows, columns] = False
        covered = resized.copy()
        covered[:, rows, columns] = np.median(resized[:, visible], axis=1)[:, None, None]
        return covered


ALL_BUT_BORDER = Patch(rows=(0.1, 0.9), columns=(0.1, 0.9))
LUNGS = Patch(rows=(0.08, 0.85), columns=(0.12, 0.88))


def shortcuts(
    films: Sequence[LabelledFilm], covered: Array, whole: Array, repeats: int = REPEATS
) -> tuple[Shortcut, ...]:
    """Measure each population by the logits, shape (films,), of its films: covered, and whole."""
    found = []
    for population in sorted({film.population for film in films}):
        places = np.array([i for i, film in enumerate(films) if film.population is population])
        patients = [films[i].patient for i in places]
        positive = np.array([films[i].positive for i in places], dtype=np.bool_)
        measured = bootstrap(
            patients,
            {
                "auroc": _auroc_of(covered[places], positive),
                "effect": _effect_of(covered[places], whole[places], positive),
            },
            repeats,
        )
        told, effect = measured["auroc"], measured["effect"]
        found.append(Shortcut(population, len(places), len(set(patients)), told, told and leak(told), effect))
    return tuple(found)


def leak(told: Estimate) -> Estimate:
    """How far from 0.5 an AUROC is, either way, with the interval that its own becomes."""
    ends = sorted(max(end, 1 - end) for end in (told.low, told.high))
    low = 0.5 if told.low <= 0.5 <= told.high else ends[0]
    return Estimate(value=max(told.value, 1 - told.value), low=low, high=ends[1])


def _auroc_of(logit: Array, positive: Bools) -> Metric:
    return lambda at: auroc(logit[at], positive[at])


def _effect_of(covered: Array, whole: Array, positive: Bools) -> Metric:
    def between(logit: Array, at: npt.NDArray[np.intp]) -> float:
        sick = positive[at]
        if sick.all() or not sick.any():
            return math.nan
        return float(logit[at][sick].mean() - logit[at][~sick].mean())

    def share(at: npt.NDArray[np.intp]) -> float:
        moved = between(whole, at)
        return between(covered, at) / moved if moved else math.nan

    return share
