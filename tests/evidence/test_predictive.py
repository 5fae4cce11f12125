from dataclasses import replace

import pytest
from evidence.made_evidence import estimate, group
from hypothesis import given
from hypothesis import strategies as st

from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.predictive import of_a_hundred, share_with_pneumonia
from cxr.film import Population
from cxr.triage.flag import Flag

CHILDREN = group(Population.CHILD, "kermany")


def flagged(*shares: float) -> Group:
    """Films of pneumonia with these shares of the flags."""
    flags = dict(zip(Flag, map(estimate, shares), strict=True))
    return replace(CHILDREN, flags={Label.PNEUMONIA: flags})


def test_the_worth_of_a_flag_follows_bayes() -> None:
    # Of 1000 films 200 show pneumonia: 160 of them and 16 of the others are urgent.
    assert share_with_pneumonia(CHILDREN, Flag.URGENT, 0.2) == pytest.approx(160 / (160 + 16))
    assert share_with_pneumonia(CHILDREN, Flag.ROUTINE, 0.2) == pytest.approx(7 / (7 + 640))


def test_a_flag_is_worth_more_where_pneumonia_is_frequent() -> None:
    worth = [share_with_pneumonia(CHILDREN, Flag.REVIEW, percent / 100) or 0 for percent in range(1, 100)]
    assert worth == sorted(worth)


def test_films_of_one_label_do_not_tell_what_a_flag_is_worth() -> None:
    healthy = group(Population.ADULT, "chexpert_normal", (Label.NORMAL,))
    assert share_with_pneumonia(healthy, Flag.URGENT, 0.2) is None


def test_a_flag_that_no_film_has_is_worth_nothing_known() -> None:
    never = dict.fromkeys(Flag, estimate(0.0))
    films = replace(CHILDREN, flags={Label.PNEUMONIA: never, Label.NORMAL: never})
    assert share_with_pneumonia(films, Flag.URGENT, 0.2) is None


def test_what_rounding_leaves_goes_to_who_lost_most() -> None:
    assert list(of_a_hundred(flagged(0.806, 0.1505, 0.0335, 0.01), Label.PNEUMONIA).values()) == [
        81,
        15,
        3,
        1,
    ]
    assert of_a_hundred(flagged(1.0, 0.0, 0.0, 0.0), Label.NORMAL) == {}


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any))
def test_a_hundred_patients_stay_a_hundred(counts: list[int]) -> None:
    whole = of_a_hundred(flagged(*(count / sum(counts) for count in counts)), Label.PNEUMONIA)
    assert sum(whole.values()) == 100
    assert all(abs(whole[f] - 100 * n / sum(counts)) < 1 for f, n in zip(Flag, counts, strict=True))
