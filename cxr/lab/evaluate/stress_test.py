"""What shifts between hospitals do to ranking, flags and refusals (see `cxr.lab.evaluate.shifts`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.evidence.stress import Effect, Measures, Stress, StressGroup
from cxr.film import Film, FilmError, Population, read_film
from cxr.lab.evaluate.progress import Told, counted
from cxr.lab.evaluate.sample import balanced_sample
from cxr.lab.evaluate.shifts import SHIFTS, Shift
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import (
    REPEATS,
    Array,
    Bools,
    Metric,
    auroc,
    bootstrap,
    sensitivity,
    share,
    specificity,
)
from cxr.screening import Screener

STRESS = "stress.json"
FILMS = 600
# Films kept in memory at once, and the same number of shifted ones.
BATCH = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """Logits, not a number where refused, and points reached; both (1 + shifts, films), unshifted first."""

    logit: Array
    reached: npt.NDArray[np.int_]


def stress(
    films: Sequence[LabelledFilm],
    screener: Screener,
    shifts: Sequence[Shift] = SHIFTS,
    at_most: int = FILMS,
    progress: Told | None = None,
    repeats: int = REPEATS,
) -> Stress:
    """Screen films as they are and under every shift, and measure what is lost.

    A shift is made to the film as it was read, before the quality check and before it is resized. A film
    that cannot be read counts as refused. Each film is read once.

    Parameters
    ----------
    at_most
        Films to take, balanced by population and label (see `balanced_sample`).
    progress
        Called with readings done and readings in all.
    repeats
        Draws of the bootstrap over patients, the same ones with and without a shift.
    """
    chosen = balanced_sample(films, at_most)
    advance = counted(progress, len(chosen) * (1 + len(shifts)))
    groups = []
    for population in sorted({film.population for film in chosen}):
        of_population = [film for film in chosen if film.population is population]
        said = _screen(of_population, population, screener, shifts, advance)
        groups.append(_group(of_population, population, said, shifts, repeats))
    return Stress(
        bundle=screener.version,
        films=len(chosen),
        patients=len({film.patient for film in chosen}),
        bootstrap_repeats=repeats,
        groups=tuple(groups),
    )


def _screen(
    films: Sequence[LabelledFilm],
    population: Population,
    screener: Screener,
    shifts: Sequence[Shift],
    advance: Callable[[int], None],
) -> _Said:
    logit = np.full((1 + len(shifts), len(films)), np.nan)
    reached = np.zeros(logit.shape, dtype=np.int_)
    for start in range(0, len(films), BATCH):
        batch = _read(films[start : start + BATCH])
        for run, shift in enumerate((None, *shifts)):
            shifted = [shift.film(film) if shift else film for film in batch.values()]
            for place, reading in zip(batch, screener.screen_films(shifted, stated=population), strict=True):
                if reading.score:
                    logit[run, start + place] = reading.score.logit
                    reached[run, start + place] = reading.score.points_reached
            advance(len(films[start : start + BATCH]))
    return _Said(logit, reached)


def _read(films: Sequence[LabelledFilm]) -> dict[int, Film]:
    """Films that can be read, by their place."""
    read = {}
    for place, labelled in enumerate(films):
        try:
            read[place] = read_film(labelled.path)
        except FilmError:
            continue
    return read


def _group(
    films: Sequence[LabelledFilm],
    population: Population,
    said: _Said,
    shifts: Sequence[Shift],
    repeats: int,
) -> StressGroup:
    patients = [film.patient for film in films]
    positive = np.array([film.positive for film in films], dtype=np.bool_)
    scored = np.isfinite(said.logit)

    def effect(run: int, shift: Shift) -> Effect:
        both = scored[0] & scored[run]
        before, after = (_metrics(said, r, positive, both) for r in (0, run))
        drops = {f"drop {name}": _minus(before[name], after[name]) for name in after}
        found = bootstrap(patients, after | drops, repeats)
        return Effect(
            shift=shift.name,
            severity=shift.severity,
            strength=shift.strength,
            scored=int(both.sum()),
            shifted=Measures(**{name: found[name] for name in after}),
            drop=Measures(**{name: found[f"drop {name}"] for name in after}),
        )

    return StressGroup(
        population=population,
        films=len(films),
        patients=len(set(patients)),
        unshifted=Measures(**bootstrap(patients, _metrics(said, 0, positive, scored[0]), repeats)),
        effects=tuple(effect(run, shift) for run, shift in enumerate(shifts, start=1)),
    )


def _metrics(said: _Said, run: int, positive: Bools, counted: Bools) -> dict[str, Metric]:
    """Name the metrics of one run on the films that count; `refused` is of all films."""
    logit, low, high = said.logit[run], said.reached[run] >= 1, said.reached[run] >= 2

    def of_counted(metric: Metric) -> Metric:
        return lambda at: metric(at[counted[at]])

    return {
        "auroc": of_counted(lambda at: auroc(logit[at], positive[at])),
        "sensitivity_low": of_counted(lambda at: sensitivity(low[at], positive[at])),
        "specificity_low": of_counted(lambda at: specificity(low[at], positive[at])),
        "specificity_high": of_counted(lambda at: specificity(high[at], positive[at])),
        "refused": lambda at: share(np.isnan(logit[at])),
    }


def _minus(before: Metric, after: Metric) -> Metric:
    return lambda at: before(at) - after(at)
