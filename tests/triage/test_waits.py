import pytest

from cxr.triage.clinic import Clinic
from cxr.triage.waits import Comparison, Measure, Order, OverRepeats, Truth, Waits

Hours = tuple[float, ...]


def waits(order: Order, truth: Truth, mean: Hours, longest: Hours) -> Waits:
    return Waits(order, truth, 100, OverRepeats(3 * mean), OverRepeats(3 * mean), OverRepeats(3 * longest))


def comparison(ranked_mean: Hours, ranked_longest: Hours, capped_longest: Hours) -> Comparison:
    """Three pairs of repeats; first come first served, films wait 4 and 6 hours, at longest 10 and 12."""
    mean, longest = (4.0, 6.0), (10.0, 12.0)
    of_orders = {
        Order.FIRST_COME: (mean, longest),
        Order.RANKED: (ranked_mean, ranked_longest),
        Order.CAPPED: (ranked_mean, capped_longest),
    }
    positives = [waits(order, Truth.POSITIVE, *hours) for order, hours in of_orders.items()]
    negatives = [waits(order, Truth.NEGATIVE, mean, longest) for order in Order]
    return Comparison(Clinic(repeats=6), (*positives, *negatives))


def test_the_interval_over_repeats_is_students() -> None:
    hours = OverRepeats((11.0, 12.0, 13.0))

    # t = 4.303 at two degrees of freedom, standard error 1 / sqrt(3).
    assert (hours.value, hours.low, hours.high) == pytest.approx((12.0, 12 - 2.484, 12 + 2.484), abs=1e-3)


def test_no_wait_is_negative_but_a_difference_may_be() -> None:
    assert OverRepeats((1.0, 30.0)).low == 0
    assert OverRepeats((-1.0, 30.0)).low < -100


@pytest.mark.parametrize(
    ("differences", "sign"),
    [
        # Six of six agree by chance once in 32 times, five of five once in 16.
        ((1.0, 2.0, 90.0, 1.0, 3.0, 4.0), 1),
        ((-1.0, -2.0, -90.0, -1.0, -3.0, -4.0), -1),
        ((1.0, 2.0, 90.0, 1.0, 3.0, 0.0), 0),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -1.0), 0),
        ((1.0,) * 10 + (-90.0,), 0),
        ((0.0,) * 6, 0),
    ],
)
def test_a_sign_is_given_where_the_repeats_agree_on_it_more_than_by_chance(
    differences: Hours, sign: int
) -> None:
    assert OverRepeats(differences).sign == sign


def test_a_difference_is_taken_repeat_by_repeat() -> None:
    change = OverRepeats((1.0, 11.0)).minus(OverRepeats((2.0, 12.0)))

    assert (change.value, change.low, change.high) == (-1.0, -1.0, -1.0)


def test_the_known_effect_is_described_in_words() -> None:
    found = comparison((2.0, 4.0), (40.0, 42.0), (13.0, 15.0)).findings()

    assert found == (
        "Ranking shortens the mean wait of films with pneumonia from 5.0 to 3.0 hours.",
        "Ranking lengthens the longest wait of films with pneumonia from 11.0 to 41.0 hours: those that the "
        "model misses are read last.",
        "The cap shortens the longest wait of films with pneumonia from 41.0 to 14.0 hours; their mean wait "
        "is then 3.0 hours.",
        "Films without pneumonia wait 5.0 instead of 5.0 hours on average when ranked with the cap.",
    )


def test_a_difference_that_the_repeats_disagree_on_is_not_claimed() -> None:
    mean, longest, capped, _ = comparison((3.0, 8.0), (9.0, 90.0), (8.0, 92.0)).findings()

    assert mean.startswith("Ranking does not measurably change the mean wait")
    assert longest.endswith("the longest wait of films with pneumonia: 11.0 and 49.5 hours.")
    assert capped.startswith("The cap does not measurably change the longest wait")


def test_a_ranking_that_does_harm_is_reported_as_such() -> None:
    found = comparison((7.0, 9.0), (9.0, 11.0), (9.0, 11.0))

    assert found.findings()[0].startswith("Ranking lengthens the mean wait")
    assert found.change(Measure.LONGEST, Truth.POSITIVE, Order.RANKED, Order.FIRST_COME).value == -1.0
