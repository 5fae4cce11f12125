import logging
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pytest

from cxr.check_films import check_films
from cxr.engine_choice import LARGEST_CHANGE, Answers, answers, choose_engine, difference, open_screener
from cxr.model.bundle import Bundle
from cxr.model.engines import Library, make_engine, may_use_bfloat16
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.quality.check import QualityCheck, Refusal, RefusalCode


@dataclass(frozen=True)
class Wanted:
    engine: Literal["auto", "torch", "openvino"] = "torch"
    precision: Literal["auto", "float32"] = "auto"
    batch_size: int = 8
    prevalence: float = 0.2


@pytest.fixture(scope="module")
def films(bundle: Bundle) -> np.ndarray:
    return check_films(bundle.card.preprocessing.size)


@pytest.fixture(scope="module")
def exact(bundle: Bundle, films: np.ndarray) -> Answers:
    return answers(bundle, make_engine(bundle), films)


def test_check_films_reach_from_routine_to_urgent_for_each_population(bundle: Bundle, exact: Answers) -> None:
    for population in bundle.card.populations.values():
        reached = [
            population.operating_points.reached(population.calibration.probability(float(logit)))
            for logit in exact.logits
        ]
        assert min(reached.count(points) for points in (0, 1, 2)) >= 3


def test_the_same_answers_are_no_difference(bundle: Bundle, exact: Answers) -> None:
    found = difference(bundle, exact, exact)

    assert (found.flags, found.probability) == (0, 0.0) and found.allowed
    assert found.films == len(exact.logits)


def test_an_engine_whose_logits_drift_is_refused(bundle: Bundle, exact: Answers) -> None:
    drifted = difference(bundle, exact, replace(exact, logits=tuple(one + 0.2 for one in exact.logits)))

    assert drifted.probability > LARGEST_CHANGE and not drifted.allowed


def test_one_changed_flag_is_enough_to_refuse(bundle: Bundle, exact: Answers) -> None:
    """A film that stood just over the high point of adults falls just under it."""
    adult = bundle.card.populations[max(bundle.card.populations)]
    calibration, high = adult.calibration, adult.operating_points.high
    at_point = (np.log(high / (1 - high)) - calibration.intercept) / calibration.slope
    before, after = ((at_point + moved, *exact.logits[1:]) for moved in (1e-4, -1e-4))

    found = difference(bundle, replace(exact, logits=before), replace(exact, logits=after))

    assert found.flags >= 1 and found.probability < LARGEST_CHANGE and not found.allowed


def test_a_film_that_one_of_both_refuses_counts_as_a_changed_flag(bundle: Bundle, exact: Answers) -> None:
    refused = QualityCheck((Refusal(RefusalCode.LATERAL, "A side view."),))
    quality_checks = (*exact.quality_checks[:3], refused, *exact.quality_checks[4:])

    assert difference(bundle, exact, replace(exact, quality_checks=quality_checks)).flags == 1


def test_bfloat16_serves_only_where_it_said_the_same(
    bundle: Bundle, films: np.ndarray, exact: Answers
) -> None:
    choice = choose_engine(bundle, Wanted())

    if not may_use_bfloat16(Library.TORCH):
        assert choice.engine.name == "torch, float32" and "no bfloat16" in choice.why
        return
    found = difference(bundle, exact, answers(bundle, choice.engine, films), Wanted.prevalence)
    assert found.allowed
    assert choice.engine.name in ("torch, float32", "torch, bfloat16")
    assert f"{found.films} check films" in choice.why or "no faster" in choice.why


def test_float32_is_what_it_says(bundle: Bundle) -> None:
    choice = choose_engine(bundle, Wanted(precision="float32"))

    assert choice.sentence == "Films are computed by torch, float32. CXR_PRECISION asks for float32."


def test_openvino_is_used_by_itself_where_it_is_installed(bundle: Bundle) -> None:
    library = "OpenVINO" if openvino_is_installed() else "torch"

    assert choose_engine(bundle, Wanted(engine="auto")).engine.name.startswith(library)


def test_what_was_chosen_is_logged_and_shown(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="cxr.engine_choice"):
        screener = open_screener(bundle, Wanted(precision="float32"))

    assert screener.computing == "Films are computed by torch, float32. CXR_PRECISION asks for float32."
    assert caplog.messages == [screener.computing]
