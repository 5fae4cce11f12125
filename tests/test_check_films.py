import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from cxr.check_films import (
    LARGEST_MOVE,
    Answers,
    PrecisionDecision,
    answers,
    check_films,
    compare,
    decide_precision,
    difference,
)
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.engines import installed_libraries, make_engine, may_use_bfloat16
from cxr.model.precision import Precision
from cxr.quality.check import QualityCheck, Refusal, RefusalCode

CLOSE = 0.05


@pytest.fixture(scope="module")
def engine(bundle: Bundle) -> Engine:
    return make_engine(bundle)


@pytest.fixture(scope="module")
def exact(bundle: Bundle, engine: Engine) -> Answers:
    return answers(bundle, engine, check_films(bundle.card.preprocessing.size))


class _SaysBfloat16:
    """A trunk that computes in float32, and whose identity is that of bfloat16."""

    def __init__(self, engine: Engine) -> None:
        self._trunk = engine.trunk
        self.identity = replace(engine.identity, precision=Precision.BFLOAT16)

    def __call__(self, batch: torch.Tensor, threads: int) -> torch.Tensor:
        return self._trunk(batch, threads)


def test_check_films_reach_from_routine_to_urgent_for_each_population(bundle: Bundle, exact: Answers) -> None:
    for population in bundle.card.populations.values():
        reached = [
            population.operating_points.reached(population.calibration.probability(float(logit)))
            for logit in exact.logits
        ]
        assert min(reached.count(0), reached.count(2)) >= 3
        points = population.operating_points
        # Where the two points lie close to each other, as those of children do, no film may lie between them.
        assert reached.count(1) >= 1 or points.high - points.low < CLOSE


def test_the_same_answers_do_not_differ(bundle: Bundle, exact: Answers) -> None:
    assert difference(bundle.card, exact, exact) == (0, 0.0)


def test_the_largest_move_is_that_at_the_prevalence_where_it_is_largest(
    bundle: Bundle, exact: Answers
) -> None:
    """Moved by 0.2, log-odds of slope s reach from -0.1 s to 0.1 s where the prevalence puts them so."""
    drifted = replace(exact, logits=tuple(one + 0.2 for one in exact.logits))
    steepest = max(one.calibration.slope for one in bundle.card.populations.values())
    low, high = (1 / (1 + math.exp(-steepest * logit)) for logit in (-0.1, 0.1))

    _, largest = difference(bundle.card, exact, drifted)

    assert largest == pytest.approx(high - low) and largest > LARGEST_MOVE


def test_one_film_that_crosses_an_operating_point_is_one_changed_flag(bundle: Bundle, exact: Answers) -> None:
    """A film just above the high point of adults falls just below it."""
    adult = bundle.card.populations[max(bundle.card.populations)]
    calibration, high = adult.calibration, adult.operating_points.high
    at_point = (np.log(high / (1 - high)) - calibration.intercept) / calibration.slope
    before, after = (replace(exact, logits=(at_point + moved, *exact.logits[1:])) for moved in (1e-4, -1e-4))

    flags, largest = difference(bundle.card, before, after)

    assert flags == 1 and largest < LARGEST_MOVE


def test_a_film_that_one_of_both_refuses_counts_as_a_changed_flag(bundle: Bundle, exact: Answers) -> None:
    refused = QualityCheck((Refusal(RefusalCode.LATERAL, "A side view."),))
    quality_checks = (*exact.quality_checks[:3], refused, *exact.quality_checks[4:])

    assert difference(bundle.card, exact, replace(exact, quality_checks=quality_checks))[0] == 1


def test_a_precision_that_changes_nothing_is_allowed(bundle: Bundle, engine: Engine, exact: Answers) -> None:
    same = Engine(bundle.network, bundle.card.preprocessing, _SaysBfloat16(engine))

    decision = compare(bundle, engine, [same])

    card = decision.on(bundle.card)
    assert card.precision is Precision.BFLOAT16 and card.precision_check
    assert card.precision_check.films == len(exact.logits) > 50
    assert card.precision_check.flags_changed == 0 and card.precision_check.largest_move == 0
    assert card.precision_check.engines == (str(same.identity),)
    assert card.populations == bundle.card.populations


def test_a_precision_that_moves_logits_is_refused_and_the_card_says_by_how_much(
    bundle: Bundle, engine: Engine
) -> None:
    network = copy.deepcopy(bundle.network)
    last = network.head[3]
    assert isinstance(last, torch.nn.Linear)
    last.bias += 0.5
    moved = Engine(network, bundle.card.preprocessing, _SaysBfloat16(engine))

    card = compare(bundle, engine, [moved]).on(bundle.card)

    assert card.precision is Precision.FLOAT32 and card.precision_check
    assert card.precision_check.flags_changed > 0
    assert card.precision_check.largest_move > 0.1


def test_what_cannot_be_checked_here_stays_in_float32(bundle: Bundle) -> None:
    if all(may_use_bfloat16(library) for library in installed_libraries()):
        pytest.skip("this processor has units for bfloat16")

    assert decide_precision(bundle) == PrecisionDecision(Precision.FLOAT32, None)


def test_where_bfloat16_can_be_checked_the_card_keeps_what_was_found(bundle: Bundle) -> None:
    if not all(may_use_bfloat16(library) for library in installed_libraries()):
        pytest.skip("this processor has no units for bfloat16")

    decision = decide_precision(bundle)

    assert decision.check and 0 < decision.check.largest_move < 0.2
    assert len(decision.check.engines) == len(installed_libraries())
    allowed = decision.check.flags_changed == 0 and decision.check.largest_move <= LARGEST_MOVE
    assert (decision.precision is Precision.BFLOAT16) == allowed
