"""Which precision a model may compute in: decided once, on fixed films, when its bundle is built."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cxr.film.read import decode_film
from cxr.model.bundle import Bundle
from cxr.model.card import Card, PrecisionCheck
from cxr.model.engine import Engine
from cxr.model.engines import installed_libraries, make_engine, may_use_bfloat16
from cxr.model.precision import Precision
from cxr.model.preprocess import resize, side_wanted
from cxr.model.score import calibrate
from cxr.quality.check import QualityCheck
from cxr.quality.head import check_features, region_features
from cxr.samples import sample_paths

SHARES = (0.25, 0.5, 0.75)
AT_ONCE = 8
LARGEST_MOVE = 0.01
"""No probability may move by more, and no flag may change."""

Films = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PrecisionDecision:
    """The precision for a card, and the check that decided it; None if nothing could be checked here."""

    precision: Precision
    check: PrecisionCheck | None = None

    def on(self, card: Card) -> Card:
        """Write the decision into a card."""
        decided = {"precision": self.precision, "precision_check": self.check}
        return Card.model_validate(card.model_dump() | decided)


@dataclass(frozen=True, slots=True)
class Answers:
    """What an engine makes of films: their logits, and whether the quality check accepts them."""

    logits: tuple[float, ...]
    quality_checks: tuple[QualityCheck, ...]


def check_films(size: int) -> Films:
    """Resize the sample films and blends of each two of them, shape (films, size, size).

    Healthy ones blended with sick ones lie between the operating points and near to them, where a flag
    changes most easily.
    """
    samples = [resize(decode_film(path, side_wanted(size)), size) for path in sample_paths()]
    blends = [
        np.round(one * share + other * (1 - share)).astype(np.uint8)
        for one, other in combinations(samples, 2)
        for share in SHARES
    ]
    return np.stack([*samples, *blends])


def decide_precision(bundle: Bundle) -> PrecisionDecision:
    """Allow bfloat16 if every library that is installed changes no flag with it and hardly a probability.

    On a machine that does not compute bfloat16 in hardware nothing can be checked, and float32 it is.
    """
    libraries = [library for library in installed_libraries() if may_use_bfloat16(library)]
    if libraries != installed_libraries():
        return PrecisionDecision(Precision.FLOAT32)
    rounded = [make_engine(bundle, library, Precision.BFLOAT16) for library in libraries]
    return compare(bundle, make_engine(bundle), rounded)


def compare(bundle: Bundle, exact: Engine, rounded: Iterable[Engine]) -> PrecisionDecision:
    """Hold engines of another precision against the exact one on the check films."""
    films = check_films(bundle.card.preprocessing.size)
    expected = answers(bundle, exact, films)
    engines = list(rounded)
    moves = [difference(bundle.card, expected, answers(bundle, engine, films)) for engine in engines]
    check = PrecisionCheck(
        films=len(films),
        flags_changed=max(flags for flags, _ in moves),
        largest_move=max(move for _, move in moves),
        engines=tuple(str(engine.identity) for engine in engines),
    )
    allowed = check.flags_changed == 0 and check.largest_move <= LARGEST_MOVE
    return PrecisionDecision(engines[0].identity.precision if allowed else exact.identity.precision, check)


def difference(card: Card, expected: Answers, found: Answers) -> tuple[int, float]:
    """Count the films whose flag changes, and find the largest move of a probability.

    Each film is read as each population of the card. Probabilities depend on the prevalence that a clinic
    states, so the move is taken at the prevalence where it is largest: there, two log-odds d apart give
    probabilities `tanh(d / 4)` apart.
    """
    both = zip(expected.quality_checks, found.quality_checks, expected.logits, found.logits, strict=True)
    flags, largest = 0, 0.0
    for accepted, now, logit, other in both:
        changed = accepted != now
        for population, fitted in card.populations.items() if accepted.accepted else ():
            before, after = (calibrate(one, population, card) for one in (logit, other))
            changed |= before.points_reached != after.points_reached
            largest = max(largest, math.tanh(abs(fitted.calibration.slope * (other - logit)) / 4))
        flags += changed
    return flags, largest


def answers(bundle: Bundle, engine: Engine, films: Films) -> Answers:
    """Run films through an engine, a few at a time: the maps of all would take a hundred megabytes."""
    logits: list[float] = []
    quality_checks: list[QualityCheck] = []
    for start in range(0, len(films), AT_ONCE):
        activation = engine.run(films[start : start + AT_ONCE])
        logits += activation.logits.tolist()
        quality_checks += check_features(region_features(activation.maps), bundle.quality_head)
    return Answers(tuple(logits), tuple(quality_checks))
