import json

import pytest
from measure.made_screened import screened

from cxr.evidence.evaluation import Evaluation
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.boxes import BoxAgreement
from cxr.measure.groups import measure_group, measure_groups
from cxr.model.card import OperatingPoints
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag

REPEATS = 20


def value(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.value


def test_a_refused_film_is_neither_found_nor_missed() -> None:
    scored = [screened(Label.PNEUMONIA, 0.9), screened(Label.PNEUMONIA, 0.1), screened(Label.NORMAL, 0.1)]
    without = measure_group(scored, repeats=REPEATS)
    refused = measure_group([*scored, screened(Label.PNEUMONIA, None)], repeats=REPEATS)
    assert value(without.low.sensitivity) == value(refused.low.sensitivity) == 0.5
    assert refused.labels[Label.PNEUMONIA] == 3
    assert refused.scored_positives == 2
    assert value(refused.refusals.share) == 1 / 4
    assert value(refused.flags[Label.PNEUMONIA][Flag.REFUSED]) == pytest.approx(1 / 3)


def test_a_film_refused_for_two_reasons_is_one_film_under_both_codes() -> None:
    group = measure_group(
        [screened(Label.NORMAL, None, refused_for=("blank", "damaged")), screened(Label.NORMAL, None)],
        repeats=REPEATS,
    )
    assert group.refusals.films == 2
    assert group.refusals.reasons == {"blank": 2, "damaged": 1}


def test_films_labelled_other_count_in_flags_only() -> None:
    scored = [screened(Label.PNEUMONIA, 0.9), screened(Label.NORMAL, 0.1)]
    group = measure_group([*scored, screened(Label.OTHER, 0.5)], repeats=REPEATS)
    assert (group.scored_positives, group.scored_negatives) == (1, 1)
    assert group.brier == measure_group(scored, repeats=REPEATS).brier
    assert value(group.flags[Label.OTHER][Flag.REVIEW]) == 1


def test_each_film_is_held_to_its_own_operating_points() -> None:
    lax, strict = OperatingPoints(low=0.2, high=0.3), OperatingPoints(low=0.6, high=0.7)
    group = measure_group(
        [
            screened(Label.PNEUMONIA, 0.5, points=lax),
            screened(Label.PNEUMONIA, 0.5, points=strict),
            screened(Label.NORMAL, 0.5, points=strict),
        ],
        repeats=REPEATS,
    )
    assert value(group.high.sensitivity) == 0.5
    assert value(group.low.specificity) == 1


def test_flag_shares_of_a_label_add_up_to_one() -> None:
    films = [screened(Label.PNEUMONIA, probability) for probability in (0.1, 0.5, 0.6, 0.9, None)]
    shares = measure_group(films, repeats=REPEATS).flags[Label.PNEUMONIA]
    assert {flag: value(share) for flag, share in shares.items()} == {
        Flag.URGENT: 0.2,
        Flag.REVIEW: 0.4,
        Flag.ROUTINE: 0.2,
        Flag.REFUSED: 0.2,
    }


def test_heat_is_rated_over_boxed_films_and_energy_over_those_with_heat() -> None:
    films = [
        screened(Label.PNEUMONIA, 0.9, boxes=BoxAgreement(1.0, 0.6, 0.2)),
        screened(Label.PNEUMONIA, 0.1, boxes=BoxAgreement(0.0, None, 0.4)),
        screened(Label.PNEUMONIA, 0.9),
    ]
    heat = measure_group(films, repeats=REPEATS).heat
    assert heat is not None
    assert (heat.films, heat.shown) == (2, 1)
    assert (value(heat.hit_rate), value(heat.energy_in_box)) == (0.5, 0.6)
    assert value(heat.box_area) == pytest.approx(0.3)


def test_each_reliability_bin_says_what_was_given_and_what_was_found() -> None:
    films = [
        *(screened(Label.NORMAL, 0.1) for _ in range(15)),
        *(screened(Label.PNEUMONIA if place % 3 else Label.NORMAL, 0.6) for place in range(15)),
    ]
    bins = measure_group(films, repeats=REPEATS).reliability
    assert [one.films for one in bins] == [2] * 15
    assert sum(one.films * one.share.value for one in bins) == 10
    assert (bins[0].probability, bins[0].share.value) == (pytest.approx(0.1), 0)
    assert bins[-1].probability == pytest.approx(0.6)
    # Wilson's interval of none out of two.
    assert (bins[0].share.low, bins[0].share.high) == (
        pytest.approx(0, abs=1e-9),
        pytest.approx(0.6576, abs=1e-4),
    )


def test_films_that_were_not_scored_have_no_reliability() -> None:
    assert measure_group([screened(Label.NORMAL, None)], repeats=REPEATS).reliability == ()


def test_groups_are_populations_sources_and_the_pairs_that_exist() -> None:
    films = [
        screened(Label.NORMAL, 0.1),
        screened(Label.NORMAL, 0.1, population=Population.ADULT),
        screened(Label.NORMAL, 0.1, population=Population.ADULT, source="west"),
    ]
    groups = measure_groups(films, repeats=REPEATS)
    assert [(group.name, group.films) for group in groups] == [
        ("adult", 2),
        ("child", 1),
        ("east", 2),
        ("west", 1),
        ("adult, east", 1),
        ("adult, west", 1),
        ("child, east", 1),
    ]


def test_the_summary_names_each_set_of_films_once_and_says_what_is_undefined() -> None:
    films = [screened(Label.NORMAL, 0.1), screened(Label.NORMAL, None, source="west")]
    groups = measure_groups(films, repeats=REPEATS)
    lines = Evaluation("random-1", 2, 1, 1, REPEATS, groups).summary().splitlines()
    headings = [line.partition(":")[0] for line in lines if line and not line.startswith(" ")]
    assert headings == ["random-1", "child", "child, east", "child, west"]
    assert "child, west: 1 film of 1 patient, 0 with pneumonia, 1 refused (blank 1)" in lines
    assert "  AUROC        undefined" in lines


def test_what_is_undefined_is_null_in_json() -> None:
    evaluation = Evaluation(
        "random-1", 1, 1, 0, REPEATS, measure_groups([screened(Label.NORMAL, 0.1)], REPEATS)
    )
    group = json.loads(evaluation.to_json())["groups"][0]
    assert group["auroc"] is None
    assert group["low"]["sensitivity"] is None
    assert group["low"]["specificity"] == {"value": 1, "low": 1, "high": 1}
    assert group["heat"] is None
    assert "NaN" not in evaluation.to_json()
