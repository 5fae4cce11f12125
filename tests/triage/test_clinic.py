import math
from typing import Any

import pytest

from cxr.film import Population
from cxr.triage.clinic import Clinic, ClinicError, FlagShares
from cxr.triage.flag import Flag


def test_the_load_is_the_work_over_the_readers_hours() -> None:
    clinic = Clinic(films_per_day=90, reading_minutes=4, readers=2, opens=9, closes=14)

    assert clinic.load == pytest.approx(90 * 4 / 60 / (2 * 5))


def test_a_clinic_that_cannot_keep_up_is_refused_with_the_readers_needed() -> None:
    with pytest.raises(ClinicError, match=r"130 films a day.*10\.8 hours.*2 readers would be enough"):
        Clinic(films_per_day=130)

    assert Clinic(films_per_day=130, readers=2).load < 1
    with pytest.raises(ClinicError, match="too close for the queue to settle"):
        Clinic(films_per_day=119)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"films_per_day": 0}, "Films per day"),
        ({"films_per_day": math.nan}, "Films per day"),
        ({"reading_minutes": -5}, "Reading minutes"),
        ({"reading_spread": 0}, "Reading spread"),
        ({"cap_hours": math.inf}, "Cap hours"),
        ({"cap_hours": 0}, "Cap hours"),
        ({"outside_share": 1.2}, "Outside share"),
        ({"children_share": -0.1}, "Children share"),
        ({"readers": 0}, "Readers"),
        ({"days": 0}, "Days"),
        ({"warm_up_days": -1}, "Warm up days"),
        ({"repeats": 5}, "Repeats"),
        ({"seed": -1}, "Seed"),
        ({"prevalence": 0}, "Prevalence"),
        ({"prevalence": 1}, "Prevalence"),
        ({"opens": 18, "closes": 8}, "18 to 8"),
        ({"closes": 25}, "Closes"),
        ({"opens": 0, "closes": 24}, "round the clock"),
        ({"days": 10_000}, "too many"),
    ],
)
def test_an_impossible_clinic_is_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ClinicError, match=words):
        Clinic(**wrong)


@pytest.mark.parametrize(
    ("children", "whom"),
    [(0, [Population.ADULT]), (1, [Population.CHILD]), (0.5, [Population.ADULT, Population.CHILD])],
)
def test_the_populations_of_a_clinic_are_those_of_its_films(children: float, whom: list[Population]) -> None:
    assert list(Clinic(children_share=children).populations) == whom


@pytest.mark.parametrize("shares", [{}, {Flag.URGENT: 0.5}, {Flag.URGENT: 1.5, Flag.ROUTINE: -0.5}])
def test_shares_of_flags_that_do_not_add_up_are_refused(shares: dict[Flag, float]) -> None:
    with pytest.raises(ClinicError, match="among negatives must be 0 or more and add up to 1"):
        FlagShares({Flag.URGENT: 1.0}, shares)


def test_the_summary_names_the_cap() -> None:
    assert "cap 6 h;" in Clinic(cap_hours=6).summary
