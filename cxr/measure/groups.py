"""Measuring films by population and source."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxr.evidence.evaluation import AtPoint, Group, HeatAgreement, Refusals, ReliabilityBin
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.metrics import (
    REPEATS,
    Array,
    Bools,
    Scored,
    bootstrap,
    calibration_bins,
    classification,
    mean_of,
    wilson,
)
from cxr.measure.screened import ScreenedFilm
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag


def measure_groups(films: Sequence[ScreenedFilm], repeats: int = REPEATS) -> tuple[Group, ...]:
    """Measure each population, each source, and each source within each population."""
    pairs = {(film.labelled.population, film.labelled.source) for film in films}
    wanted: list[tuple[Population | None, str | None]] = [
        *((population, None) for population in sorted({population for population, _ in pairs})),
        *((None, source) for source in sorted({source for _, source in pairs})),
        *sorted(pairs),
    ]
    return tuple(
        measure_group(
            [
                film
                for film in films
                if population in (None, film.labelled.population) and source in (None, film.labelled.source)
            ],
            population,
            source,
            repeats,
        )
        for population, source in wanted
    )


def measure_group(
    films: Sequence[ScreenedFilm],
    population: Population | None = None,
    source: str | None = None,
    repeats: int = REPEATS,
) -> Group:
    """Measure films that belong to one group."""
    by_label = {label: [film for film in films if film.labelled.label is label] for label in Label}
    scored, points_reached = scored_films(films)
    found = bootstrap(scored.patient, classification(scored, points_reached), repeats)
    return Group(
        population=population,
        source=source,
        films=len(films),
        patients=len({film.labelled.patient for film in films}),
        labels={label: len(of_label) for label, of_label in by_label.items()},
        refusals=_refusals(films, repeats),
        scored_positives=int(scored.positive.sum()),
        scored_negatives=int((~scored.positive).sum()),
        auroc=found["auroc"],
        low=_at_point("low", found),
        high=_at_point("high", found),
        brier=found["brier"],
        calibration_error=found["calibration_error"],
        reliability=reliability(scored),
        flags={label: _flags(of_label, repeats) for label, of_label in by_label.items() if of_label},
        heat=_heat(films, repeats),
    )


def scored_films(films: Sequence[ScreenedFilm]) -> tuple[Scored, npt.NDArray[np.int_]]:
    """Films that are positive or negative and were scored, and how many points each reached."""
    kept = [
        (film.labelled, film.score) for film in films if film.score and film.labelled.label is not Label.OTHER
    ]
    scored = Scored(
        np.array([score.probability for _, score in kept], dtype=np.float64),
        np.array([labelled.positive for labelled, _ in kept], dtype=np.bool_),
        [labelled.patient for labelled, _ in kept],
    )
    return scored, np.array([score.points_reached for _, score in kept], dtype=np.int_)


def reliability(scored: Scored) -> tuple[ReliabilityBin, ...]:
    """Compare predicted with observed frequencies, bin by bin."""
    if not len(scored.positive):
        return ()
    return tuple(_bin(scored, places) for places in calibration_bins(scored.probability))


def _bin(scored: Scored, places: npt.NDArray[np.intp]) -> ReliabilityBin:
    films, positives = len(places), int(scored.positive[places].sum())
    share_positive = wilson(positives, films)
    assert share_positive
    return ReliabilityBin(films, float(scored.probability[places].mean()), share_positive)


def _refusals(films: Sequence[ScreenedFilm], repeats: int) -> Refusals:
    refused = np.array([film.flag is Flag.REFUSED for film in films], dtype=np.bool_)
    reasons = Counter(code for film in films for code in film.refused_for)
    (estimate,) = _shares(films, [refused], repeats)
    return Refusals(int(refused.sum()), estimate, dict(sorted(reasons.items())))


def _flags(films: Sequence[ScreenedFilm], repeats: int) -> dict[Flag, Estimate | None]:
    flagged = [np.array([film.flag is flag for film in films], dtype=np.bool_) for flag in Flag]
    return dict(zip(Flag, _shares(films, flagged, repeats), strict=True))


def _heat(films: Sequence[ScreenedFilm], repeats: int) -> HeatAgreement | None:
    boxed = [(film, film.boxes) for film in films if film.boxes]
    if not boxed:
        return None
    shown = [(film, boxes.energy) for film, boxes in boxed if boxes.energy is not None]
    hits = np.array([boxes.hit for _, boxes in boxed])
    areas = np.array([boxes.box_area for _, boxes in boxed])
    hit_rate, box_area = _shares([film for film, _ in boxed], [hits, areas], repeats)
    (energy,) = _shares([film for film, _ in shown], [np.array([energy for _, energy in shown])], repeats)
    return HeatAgreement(len(boxed), len(shown), hit_rate, energy, box_area)


def _shares(
    films: Sequence[ScreenedFilm], columns: Sequence[Bools | Array], repeats: int
) -> list[Estimate | None]:
    """Estimate the mean of each column, which has one value a film."""

    metrics = {str(number): mean_of(column) for number, column in enumerate(columns)}
    return list(bootstrap([film.labelled.patient for film in films], metrics, repeats).values())


def _at_point(point: str, found: dict[str, Estimate | None]) -> AtPoint:
    return AtPoint(
        sensitivity=found[f"sensitivity_{point}"],
        specificity=found[f"specificity_{point}"],
        positive_predictive_value=found[f"positive_predictive_value_{point}"],
        negative_predictive_value=found[f"negative_predictive_value_{point}"],
    )
