"""Within how many films drift is noticed, on made scores."""

import numpy as np

from cxr.lab.evaluate.notice_drift import Noticed, Pool, notice_drift


def test_the_experiment_notices_what_is_there_and_little_else() -> None:
    random = np.random.default_rng(1)
    positive = random.random(400) < 0.5
    plain = random.normal(np.where(positive, 1.5, -2), 1.3)
    found = {
        one.drift: one for one in notice_drift(Pool(plain, positive, {"contrast": plain - 2}), repeats=20)
    }

    assert max(found["none"].noticed.values()) <= 0.1
    assert found["contrast"].within == 50
    assert found["scores collapse"].drifted[50] == 1
    assert found["prevalence 0.2 to 0.6"].noticed[400] == 1


def test_a_drift_is_noticed_within_the_fewest_films_of_which_nine_in_ten_draws_show_it() -> None:
    some = Noticed("a", {50: 0.2, 100: 0.95, 200: 1.0}, {50: 0.0, 100: 0.5, 200: 0.9})

    assert some.within == 100
    assert some.row == ("a", "0.20 / 0.00", "0.95 / 0.50", "1.00 / 0.90", 100)
    assert Noticed("b", {50: 0.2}, {50: 0.0}).row[-1] is None
