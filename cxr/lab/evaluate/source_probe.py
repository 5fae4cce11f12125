"""Can the hospital be read off the network's features? What can be read can be relied on.

A linear probe (Alain and Bengio 2017) beside the same probe on ten plain statistics of grey levels, which
tell what anyone can see. Where one source is of children and the other of adults, part of what is found is
the patients.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cxr.evidence.shortcuts import ProbeScore, SourceProbe
from cxr.lab.evaluate.sample import draw
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import REPEATS, Array, Bools, auroc, bootstrap, share

Features = npt.NDArray[np.float32]
# A strong penalty: there are more features than films.
PENALTY = 100.0
PERCENTILES = (5, 25, 50, 75, 95)


def probe_sources(
    films: Sequence[LabelledFilm],
    pooled: Features,
    resized: npt.NDArray[np.uint8],
    repeats: int = REPEATS,
) -> tuple[SourceProbe, ...]:
    """Probe every two sources.

    Parameters
    ----------
    pooled
        The trunk's pooled features, shape (films, channels).
    resized
        The films' pixels, shape (films, size, size).
    """
    statistics = intensity_statistics(resized)
    found = []
    for pair in combinations(sorted({film.source for film in films}), 2):
        places = [i for i, film in enumerate(films) if film.source in pair]
        chosen = [films[i] for i in places]
        measured = np.array([draw(film.patient, "probe") < 0.5 for film in chosen], dtype=np.bool_)
        cells = np.array([2 * pair.index(film.source) + film.positive for film in chosen])
        if len(set(cells[measured])) < 4 or len(set(cells[~measured])) < 4:
            continue
        patients = [film.patient for film, m in zip(chosen, measured, strict=True) if m]
        found.append(
            SourceProbe(
                sources=pair,
                films=len(patients),
                patients=len(set(patients)),
                features=_probe(pooled[places], cells, measured, patients, repeats),
                statistics=_probe(statistics[places], cells, measured, patients, repeats),
            )
        )
    return tuple(found)


def intensity_statistics(resized: npt.NDArray[np.uint8]) -> Features:
    """Ten numbers a film, shape (films, 10), that know nothing of where a grey level lies."""
    flat = resized.reshape(len(resized), -1)
    shares = np.stack([np.bincount(film, minlength=256) / film.size for film in flat])
    entropy = -(shares * np.log2(shares, out=np.zeros_like(shares), where=shares > 0)).sum(axis=1)
    percentiles = np.percentile(flat, PERCENTILES, axis=1)
    statistics = [flat.mean(axis=1), flat.std(axis=1), *percentiles, shares[:, 0], shares[:, -1], entropy]
    return np.stack(statistics, axis=1).astype(np.float32)


def _probe(
    values: Features,
    cells: npt.NDArray[np.int_],
    measured: Bools,
    patients: Sequence[tuple[str, str]],
    repeats: int,
) -> ProbeScore:
    """Fit on films that are not measured, with the same weight on every pair of source and label."""
    fit = cells[~measured]
    weights = 1 / np.bincount(fit)[fit]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / PENALTY, max_iter=1000))
    model.fit(
        values[~measured], fit >= 2, logisticregression__sample_weight=weights * len(fit) / weights.sum()
    )
    told: Array = model.decision_function(values[measured])
    cell = cells[measured]
    second, positive = cell >= 2, cell % 2 == 1

    def balanced_accuracy(at: npt.NDArray[np.intp]) -> float:
        right = (told[at] > 0) == second[at]
        return float(np.mean([share(right[cell[at] == number]) for number in range(4)]))

    def mean_auroc(at: npt.NDArray[np.intp]) -> float:
        of_label = [at[positive[at] == label] for label in (False, True)]
        return float(np.mean([auroc(told[of], second[of]) for of in of_label]))

    metrics = {"balanced_accuracy": balanced_accuracy, "auroc": mean_auroc}
    return ProbeScore(**bootstrap(patients, metrics, repeats))
