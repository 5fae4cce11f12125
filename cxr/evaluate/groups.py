"""Measuring outcomes by population and source."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxr.evaluate.evaluation import AtPoint, Group, HeatAgreement, Refusals
from cxr.evaluate.labels import Label
from cxr.evaluate.metrics import REPEATS, Array, Bools, Metric, Scored, bootstrap, classification, share
from cxr.evaluate.outcome import Outcome
from cxr.film import Population
from cxr.model.card import Estimate
from cxr.triage.flag import Flag


def measure_groups(outcomes: Sequence[Outcome], repeats: int = REPEATS) -> tuple[Group, ...]:
    """Measure each population, each source, and each source within each population."""
    pairs = {(outcome.labelled.population, outcome.labelled.source) for outcome in outcomes}
    wanted: list[tuple[Population | None, str | None]] = [
        *((population, None) for population in sorted({population for population, _ in pairs})),
        *((None, source) for source in sorted({source for _, source in pairs})),
        *sorted(pairs),
    ]
    return tuple(
        measure_group(
            [
                outcome
                for outcome in outcomes
                if population in (None, outcome.labelled.population)
                and source in (None, outcome.labelled.source)
            ],
            population,
            source,
            repeats,
        )
        for population, source in wanted
    )


def measure_group(
    outcomes: Sequence[Outcome],
    population: Population | None = None,
    source: str | None = None,
    repeats: int = REPEATS,
) -> Group:
    """Measure films that belong to one group."""
    by_label = {label: [o for o in outcomes if o.labelled.label is label] for label in Label}
    scored, points_reached = scored_films(outcomes)
    found = bootstrap(scored.patient, classification(scored, points_reached), repeats)
    return Group(
        population=population,
        source=source,
        films=len(outcomes),
        patients=len({o.labelled.patient for o in outcomes}),
        labels={label: len(of_label) for label, of_label in by_label.items()},
        refusals=_refusals(outcomes, repeats),
        scored_positives=int(scored.positive.sum()),
        scored_negatives=int((~scored.positive).sum()),
        auroc=found["auroc"],
        low=_at_point("low", found),
        high=_at_point("high", found),
        brier=found["brier"],
        calibration_error=found["calibration_error"],
        flags={label: _flags(of_label, repeats) for label, of_label in by_label.items() if of_label},
        heat=_heat(outcomes, repeats),
    )


def scored_films(outcomes: Sequence[Outcome]) -> tuple[Scored, npt.NDArray[np.int_]]:
    """Films that are positive or negative and were scored, and how many points each reached."""
    films = [(o.labelled, o.score) for o in outcomes if o.score and o.labelled.label is not Label.OTHER]
    scored = Scored(
        np.array([score.probability for _, score in films], dtype=np.float64),
        np.array([labelled.positive for labelled, _ in films], dtype=np.bool_),
        [labelled.patient for labelled, _ in films],
    )
    return scored, np.array([score.points_reached for _, score in films], dtype=np.int_)


def _refusals(outcomes: Sequence[Outcome], repeats: int) -> Refusals:
    refused = np.array([o.flag is Flag.REFUSED for o in outcomes], dtype=np.bool_)
    reasons = Counter(code for o in outcomes for code in o.refused_for)
    (estimate,) = _shares(outcomes, [refused], repeats)
    return Refusals(int(refused.sum()), estimate, dict(sorted(reasons.items())))


def _flags(outcomes: Sequence[Outcome], repeats: int) -> dict[Flag, Estimate | None]:
    flagged = [np.array([o.flag is flag for o in outcomes], dtype=np.bool_) for flag in Flag]
    return dict(zip(Flag, _shares(outcomes, flagged, repeats), strict=True))


def _heat(outcomes: Sequence[Outcome], repeats: int) -> HeatAgreement | None:
    boxed = [(o, o.boxes) for o in outcomes if o.boxes]
    if not boxed:
        return None
    hit, area = (np.array(column) for column in zip(*((b.hit, b.box_area) for _, b in boxed), strict=True))
    shown = [(o, b.energy) for o, b in boxed if b.energy is not None]
    hit_rate, box_area = _shares([o for o, _ in boxed], [hit, area], repeats)
    (energy,) = _shares([o for o, _ in shown], [np.array([e for _, e in shown])], repeats)
    return HeatAgreement(len(boxed), len(shown), hit_rate, energy, box_area)


def _shares(
    outcomes: Sequence[Outcome], columns: Sequence[Bools | Array], repeats: int
) -> list[Estimate | None]:
    """Estimate the mean of each column, which has one value a film."""

    def mean_of(column: Bools | Array) -> Metric:
        return lambda at: share(column[at])

    metrics = {str(number): mean_of(column) for number, column in enumerate(columns)}
    return list(bootstrap([o.labelled.patient for o in outcomes], metrics, repeats).values())


def _at_point(point: str, found: dict[str, Estimate | None]) -> AtPoint:
    return AtPoint(
        sensitivity=found[f"sensitivity_{point}"],
        specificity=found[f"specificity_{point}"],
        positive_predictive_value=found[f"positive_predictive_value_{point}"],
        negative_predictive_value=found[f"negative_predictive_value_{point}"],
    )
