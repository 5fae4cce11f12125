from dataclasses import replace

import pytest
from evidence.made_evidence import bare_evidence, both_populations, estimate, full_evidence, group

from cxr.evidence.metrics_file import Evidence
from cxr.film import Population
from cxr.lab.evaluate.goals import GOALS, Goal


def goal(start: str) -> Goal:
    (found,) = (goal for goal in GOALS if goal.measure.startswith(start))
    return found


def with_auroc(value: float) -> Evidence:
    children = replace(group(Population.CHILD, None), auroc=estimate(value))
    return replace(bare_evidence(), holdout=replace(both_populations(), groups=(children,)))


@pytest.mark.parametrize(("value", "reached"), [(0.994, False), (0.995, True), (1.0, True)])
def test_a_goal_is_reached_at_its_bound(value: float, reached: bool) -> None:
    assert goal("AUROC, children").reached(with_auroc(value)) is reached


def test_what_may_be_at_most_so_much_is_reached_below_it() -> None:
    assert goal("Calibration error, adults").reached(full_evidence()) is True
    assert goal("Worst drop of AUROC").reached(full_evidence()) is False


def test_of_several_values_the_worst_counts() -> None:
    # Noise at severity 2 takes 0.06 of AUROC and twice as much of specificity; the other shifts take less.
    assert str(goal("Worst drop of AUROC").found(full_evidence())) == "0.060 (0.040-0.080)"
    assert str(goal("Worst drop of specificity").found(full_evidence())) == "0.120 (0.100-0.140)"
    assert str(goal("Quality check: films refused").found(full_evidence())) == "0.009 (-0.011-0.029)"


def test_not_routine_is_all_that_is_not_routine() -> None:
    assert str(goal("Next hospital: pneumonia not routine").found(full_evidence())) == "0.965 (0.945-0.985)"


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    measured = {g.measure for g in GOALS if g.reached(bare_evidence()) is not None}
    assert measured == {
        "AUROC, children",
        "AUROC, adults",
        "Calibration error, children",
        "Calibration error, adults",
        "Heat map on adults: hit rate",
        "Heat map on adults: energy in box",
    }


def test_with_everything_measured_every_goal_has_an_answer() -> None:
    assert None not in [g.reached(full_evidence()) for g in GOALS]


def test_the_goal_says_which_way_is_good() -> None:
    assert goal("AUROC, adults").words == "at least 0.92"
    assert goal("Border alone").words == "at most 0.65"
