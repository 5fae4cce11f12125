from dataclasses import replace

import pytest
from evidence.made_evidence import OF_LABEL, bare_evidence, full_evidence

from cxr.evidence.flag_shares import flag_shares
from cxr.evidence.label import Label
from cxr.evidence.metrics_file import read_evidence
from cxr.film import Population
from cxr.settings import Settings
from cxr.triage.flag import Flag


def test_shares_are_those_measured_of_each_population_and_truth() -> None:
    shares = flag_shares(bare_evidence().holdout)

    assert set(shares) == {Population.CHILD, Population.ADULT}
    for of_population in shares.values():
        assert tuple(of_population.positives.values()) == OF_LABEL[Label.PNEUMONIA]
        assert tuple(of_population.negatives.values()) == OF_LABEL[Label.NORMAL]


def test_a_population_without_films_of_both_labels_is_left_out() -> None:
    external = full_evidence().external
    assert external
    healthy = tuple(
        replace(group, flags={Label.NORMAL: group.flags[Label.NORMAL]})
        for group in external.groups
        if Label.NORMAL in group.flags
    )

    assert flag_shares(replace(external, groups=healthy)) == {}


def test_the_shipped_shares_are_the_sensitivity_and_specificity_at_the_operating_points() -> None:
    settings = Settings()
    holdout = read_evidence(settings.models / settings.bundle).holdout

    for population, shares in flag_shares(holdout).items():
        group = holdout.group(population)
        scored = 1 - shares.positives[Flag.REFUSED]
        assert group.high.sensitivity and group.low.specificity
        assert shares.positives[Flag.URGENT] / scored == pytest.approx(group.high.sensitivity.value)
        scored = 1 - shares.negatives[Flag.REFUSED]
        assert shares.negatives[Flag.ROUTINE] / scored == pytest.approx(group.low.specificity.value)
