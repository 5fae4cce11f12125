from collections.abc import Sequence

import numpy as np
import pytest
from made_films import grey_level
from numpy.testing import assert_array_equal

from cxr.film import Population
from cxr.lab.train.quality_examples import Examples, Pictures
from cxr.lab.train.quality_head import FALSE_REFUSALS, fit_quality_head, refused
from cxr.lab.train.quality_report import Junk, measure_quality_head, share_of
from cxr.quality.check import RefusalCode
from cxr.quality.head import QualityHead, check_features

CENTRES = {None: (0, 0, 0, 0), RefusalCode.INVERTED: (4, 0, 0, 0), RefusalCode.NOT_CHEST: (0, 4, 0, 0)}


def examples(code: RefusalCode | None, count: int, seed: int, kind: str = "") -> Examples:
    """Features around the centre of a reason."""
    drawn = np.random.default_rng(seed).normal(CENTRES[code], 0.7, (count, 4)).astype(np.float32)
    return Examples(kind or str(code or "film"), code, drawn)


FILMS = [examples(None, 400, 0)]
JUNK = [examples(RefusalCode.INVERTED, 60, 1), examples(RefusalCode.NOT_CHEST, 20, 2, "limb")]
TUNE = [examples(None, 400, 3).features, examples(None, 200, 4).features * 1.1]


def test_the_head_tells_films_from_junk_and_one_kind_from_another() -> None:
    head = fit_quality_head(FILMS, JUNK, TUNE, seed=0)
    for code in (RefusalCode.INVERTED, RefusalCode.NOT_CHEST):
        quality_checks = check_features(examples(code, 100, 5).features, head)
        codes = [refusal.code for quality_check in quality_checks for refusal in quality_check.refusals]
        assert codes.count(code) > 95


def test_few_films_of_either_population_are_refused() -> None:
    head = fit_quality_head(FILMS, JUNK, TUNE, seed=0)
    # The threshold lies between two films: one more may be refused than the share allows.
    assert all(refused(features, head).sum() <= FALSE_REFUSALS * len(features) + 1 for features in TUNE)
    assert refused(examples(None, 2000, 6).features, head).mean() < 0.03


def test_the_same_seed_gives_the_same_head() -> None:
    one, two = (fit_quality_head(FILMS, JUNK, TUNE, seed=0) for _ in range(2))
    assert_array_equal(one.weight, two.weight)
    assert one.threshold == two.threshold


def test_halves_share_no_picture_and_lose_none() -> None:
    pictures = Pictures("limb", RefusalCode.NOT_CHEST, np.stack([grey_level(i, 8, 8) for i in range(21)]))
    first, second = pictures.halves()
    together = np.concatenate([first.resized, second.resized]).reshape(21, -1)
    assert len(np.unique(together, axis=0)) == 21 and len(second.resized) == 10


def test_a_kind_that_is_left_out_is_never_fitted_on() -> None:
    fitted_on: list[list[str]] = []

    def fit(junk: Sequence[Examples]) -> QualityHead:
        fitted_on.append([one.kind for one in junk])
        return fit_quality_head(FILMS, junk, TUNE, seed=0)

    limb, knee = (
        examples(RefusalCode.NOT_CHEST, 20, seed, kind) for seed, kind in ((2, "limb"), (7, "knee"))
    )
    made, other = examples(RefusalCode.INVERTED, 60, 1), examples(RefusalCode.INVERTED, 30, 8)
    junk = Junk(fitted=(limb, knee, made), measured=(limb, knee, other), whole=(limb, knee))
    holdout = {Population.CHILD: examples(None, 100, 9).features}
    found = measure_quality_head(fit(list(junk.fitted)), fit, junk, holdout)
    assert fitted_on[1:] == [
        [kind for kind in ("limb", "knee", "inverted") if kind != left]
        for left in ("limb", "knee", "inverted")
    ]
    assert [(kind.kind, kind.films, kind.seen) for kind in found.left_out] == [
        ("limb", 20, False),
        ("knee", 20, False),
        ("inverted", 30, False),
    ]
    assert [kind.films for kind in found.kinds] == [20, 20, 30]
    assert found.left_out[0].refused.value > 0.9, "another limb teaches what a limb is"
    assert found.left_out[2].refused.value < 0.5, "nothing taught it what inverted is"


@pytest.mark.parametrize("hits", [0, 3, 20])
def test_an_interval_has_width_even_where_all_or_none_are_refused(hits: int) -> None:
    share = share_of(np.arange(20) < hits)
    assert share.value == hits / 20
    assert share.low <= share.value <= share.high and share.high - share.low > 0.1
