import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS, at_prevalence, in_percent, percent


def test_every_flag_has_its_word_and_its_colour() -> None:
    assert set(FLAG_WORDS) == {*Flag, None}
    assert set(FLAG_COLOURS) == set(Flag)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.42, "42.0 %"),
        (0.001, "0.1 %"),
        (0.0009, "under 0.1 %"),
        (0.0, "under 0.1 %"),
        (0.999, "99.9 %"),
        (0.9995, "over 99.9 %"),
        (1.0, "over 99.9 %"),
    ],
)
def test_a_probability_is_written_with_one_decimal_and_never_as_0_or_100(share: float, words: str) -> None:
    assert percent(share) == words


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_percentage_keeps_the_order_of_two_shares(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.1 <= in_percent(low) <= in_percent(high) <= 99.9


@pytest.mark.parametrize(("prevalence", "words"), [(0.05, "5 %"), (0.125, "12.5 %"), (0.2, "20 %")])
def test_the_prevalence_that_a_probability_assumes_is_named(prevalence: float, words: str) -> None:
    assert at_prevalence(prevalence) == f"where {words} of films show pneumonia"
