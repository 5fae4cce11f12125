from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_films import made_card
from pydantic import ValidationError

from cxr.film import Population
from cxr.model.card import Calibration, Card, OperatingPoints
from cxr.model.precision import Precision

CHECK = {"films": 51, "flags_changed": 0, "largest_move": 0.0066, "engines": ["OpenVINO 2026.4.1, bfloat16"]}


def card_with(**changes: Any) -> Card:
    return Card.model_validate(made_card().model_dump() | changes)


def test_a_card_survives_json() -> None:
    assert Card.model_validate_json(made_card().model_dump_json()) == made_card()


def test_a_low_point_above_the_high_one_is_refused_with_both() -> None:
    with pytest.raises(ValidationError, match=r"low operating point 0\.8 lies above the high one 0\.2"):
        OperatingPoints(low=0.8, high=0.2)

    assert OperatingPoints(low=0.5, high=0.5).low == 0.5


@pytest.mark.parametrize("point", [-0.1, 1.1, float("nan")])
def test_an_operating_point_is_a_probability(point: float) -> None:
    with pytest.raises(ValidationError):
        OperatingPoints(low=0.1, high=point)


def test_an_unknown_field_is_refused_at_any_depth() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        card_with(threshold=0.5)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        card_with(preprocessing={"size": 224, "slope_limit": 4, "crop": 0.9})


@pytest.mark.parametrize("populations", [(), (Population.UNKNOWN,), (Population.CHILD, Population.UNKNOWN)])
def test_a_card_names_known_populations(populations: tuple[Population, ...]) -> None:
    with pytest.raises(ValidationError, match="at least one known population"):
        made_card(populations=populations)


def test_a_card_without_a_precision_is_one_of_float32() -> None:
    """As the cards of earlier versions are."""
    card = made_card().model_dump()
    del card["precision"], card["precision_check"]

    assert Card.model_validate(card).precision is Precision.FLOAT32


@pytest.mark.parametrize("flags_changed", [None, 1])
def test_bfloat16_is_refused_without_a_check_in_which_no_flag_changed(flags_changed: int | None) -> None:
    check = None if flags_changed is None else CHECK | {"flags_changed": flags_changed}

    with pytest.raises(ValidationError, match="bfloat16 only with a check in which no flag changed"):
        card_with(precision="bfloat16", precision_check=check)
    assert card_with(precision="bfloat16", precision_check=CHECK).precision is Precision.BFLOAT16


@pytest.mark.parametrize("name", ["", "Cxr", "../other", "a b"])
def test_a_name_is_fit_for_a_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        made_card(name=name)


@pytest.mark.parametrize(
    "changes",
    [
        {"heat": {"full": 0, "contour": 0.5}},
        {"heat": {"full": 1, "contour": 1}},
        {"preprocessing": {"size": 32, "slope_limit": 4}},
        {"preprocessing": {"size": 224, "slope_limit": 0.9}},
    ],
)
def test_numbers_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        card_with(**changes)


def test_a_calibration_that_turns_the_order_round_is_refused() -> None:
    with pytest.raises(ValidationError):
        Calibration(slope=-1, intercept=0, fitted_prevalence=0.5)


@pytest.mark.parametrize("prevalence", [0, 1])
def test_a_calibration_fitted_on_one_label_is_refused(prevalence: float) -> None:
    with pytest.raises(ValidationError, match="fitted_prevalence"):
        Calibration(slope=1, intercept=0, fitted_prevalence=prevalence)


def test_a_card_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        made_card().heat.full = 2


def test_calibration_is_the_logistic_function_of_slope_and_intercept() -> None:
    calibration = Calibration(slope=2, intercept=-1, fitted_prevalence=0.5)

    assert calibration.probability(0.5) == pytest.approx(0.5)
    assert calibration.probability(1.5) == pytest.approx(0.880797)  # 1 / (1 + exp(-2))
    assert calibration.probability(-0.5) == pytest.approx(0.119203)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_point_is_reached_at_its_own_probability(a: float, b: float, probability: float) -> None:
    points = OperatingPoints(low=min(a, b), high=max(a, b))

    assert points.reached(points.high) == 2
    assert points.reached(points.low) >= 1
    assert points.reached(probability) == [probability >= points.low, probability >= points.high].count(True)
