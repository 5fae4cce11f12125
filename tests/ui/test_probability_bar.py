import re

from hypothesis import given
from hypothesis import strategies as st

from cxr.model.card import OperatingPoints
from cxr.ui.widgets.probability_bar import probability_bar

SHARES = st.floats(0, 1)


@given(SHARES, SHARES, SHARES)
def test_the_zones_fill_the_bar_and_the_marker_is_at_the_probability(
    probability: float, one: float, other: float
) -> None:
    points = OperatingPoints(low=min(one, other), high=max(one, other))
    bar = probability_bar(probability, points)
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%;background", bar)]
    assert abs(sum(widths) - 100) < 0.02
    assert abs(widths[0] - 100 * points.low) < 0.01
    assert f"left:{100 * probability:.2f}%" in bar


def test_the_bar_has_a_description_in_words() -> None:
    bar = probability_bar(0.42, OperatingPoints(low=0.3, high=0.9))
    assert 'aria-label="Probability 42.0 %; review from 30.0 %, urgent from 90.0 %' in bar
