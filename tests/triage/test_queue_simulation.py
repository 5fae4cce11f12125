import itertools
from dataclasses import replace

import numpy as np
import pytest

from cxr.evidence.flag_shares import flag_shares
from cxr.evidence.metrics_file import read_evidence
from cxr.film import Population
from cxr.settings import Settings
from cxr.triage.clinic import Clinic, ClinicError, FlagShares, ReadingTime
from cxr.triage.flag import Flag
from cxr.triage.queue_simulation import HOUR, Arrivals, read_films, simulate
from cxr.triage.reading_queue import SimulatedFilm
from cxr.triage.waits import Comparison, Measure, Order, OverRepeats, Truth

Shares = dict[Population, FlagShares]

MADE = FlagShares(
    {Flag.URGENT: 0.5, Flag.REVIEW: 0.3, Flag.ROUTINE: 0.1, Flag.REFUSED: 0.1},
    {Flag.URGENT: 0.05, Flag.REVIEW: 0.25, Flag.ROUTINE: 0.7},
)
MADE_SHARES = {Population.ADULT: MADE, Population.CHILD: MADE}
DAY = 24 * HOUR
ALWAYS_OPEN = Clinic(opens=0, closes=24, outside_share=0, days=1, warm_up_days=0, cap_hours=1)
SHORT = replace(ALWAYS_OPEN, days=3, repeats=6)


@pytest.fixture(scope="module")
def shipped() -> Shares:
    """How the shipped model flags films, as measured."""
    settings = Settings()
    return flag_shares(read_evidence(settings.models / settings.bundle).holdout)


@pytest.fixture(scope="module")
def usual(shipped: Shares) -> Comparison:
    """The clinic of the defaults, where each repeat has a seed of its own."""
    # The longest waits differ so much from repeat to repeat that fewer show nothing.
    return simulate(Clinic(repeats=16), shipped)


def film(number: int, minute: float, reading: float, flag: Flag = Flag.ROUTINE) -> SimulatedFilm:
    """A film of an adult that arrives and is read in so many minutes."""
    return SimulatedFilm(number, minute * 60, Population.ADULT, flag, 0.5, False, reading * 60)


def minutes(films: list[SimulatedFilm], clinic: Clinic, order: Order) -> list[float]:
    waited = read_films(films, clinic, order)
    return [waited[number] / 60 for number in sorted(waited)]


def first(count: int, clinic: Clinic, repeat: int = 0, shares: Shares = MADE_SHARES) -> list[SimulatedFilm]:
    return list(itertools.islice(Arrivals(clinic, shares, repeat), count))


def test_ranking_shortens_the_mean_wait_of_positives_in_every_repeat(usual: Comparison) -> None:
    for order in (Order.RANKED, Order.CAPPED):
        change = usual.change(Measure.MEAN, Truth.POSITIVE, order, Order.FIRST_COME)
        assert max(change.of_repeats) < 0 and change.high < -1


def test_ranking_lengthens_the_longest_wait_and_the_cap_brings_it_back(usual: Comparison) -> None:
    raised = usual.change(Measure.LONGEST, Truth.POSITIVE, Order.RANKED, Order.FIRST_COME)
    lowered = usual.change(Measure.LONGEST, Truth.POSITIVE, Order.CAPPED, Order.RANKED)
    left = usual.change(Measure.LONGEST, Truth.POSITIVE, Order.CAPPED, Order.FIRST_COME)

    assert raised.sign == 1 and lowered.sign == -1
    assert left.value < raised.value / 2
    # A film that passes the cap in the night is read in the morning, behind those that passed it before.
    nights = usual.clinic.cap_hours + 24 - usual.clinic.reading_hours
    longest = [max(usual.of(Order.CAPPED, truth).longest.of_repeats) for truth in Truth]
    assert max(longest) < nights + usual.clinic.reading_hours


def test_first_come_first_served_treats_both_truths_alike(usual: Comparison) -> None:
    for measure in (Measure.MEAN, Measure.PERCENTILE_95):
        positives, negatives = (usual.of(Order.FIRST_COME, truth).measure(measure) for truth in Truth)
        assert positives.low < negatives.value < positives.high


def test_no_order_makes_readers_faster() -> None:
    """What some films gain, others pay: where reading always takes as long, the sum does not change."""
    films = [replace(one, reading_seconds=840.0) for one in first(100, SHORT)]

    sums = [sum(read_films(films, SHORT, order).values()) for order in Order]

    assert sums == pytest.approx([sums[0]] * 3)
    assert sums[0] > 50 * HOUR


def test_every_order_reads_the_same_films_and_loses_none(usual: Comparison) -> None:
    for truth in Truth:
        assert len({usual.of(order, truth).films for order in Order}) == 1
    films = sum(usual.of(Order.RANKED, truth).films for truth in Truth)
    clinic = usual.clinic
    assert films == pytest.approx(clinic.films_per_day * clinic.days * clinic.repeats, rel=0.03)


def test_the_positive_that_waits_longest_is_one_that_the_model_missed(shipped: Shares) -> None:
    clinic = Clinic()
    arrivals = Arrivals(clinic, shipped, 0)

    waited = read_films(arrivals, clinic, Order.RANKED)

    films = itertools.islice(arrivals, max(waited) + 1)
    positives = [one for one in films if one.positive and one.number in waited]
    assert max(positives, key=lambda one: waited[one.number]).flag is Flag.ROUTINE


def test_one_reader_waits_follow_the_formula_for_exponential_times() -> None:
    """M/M/1: the mean wait is the load over the reading rate less the arrival rate (Erlang 1909)."""
    clinic = replace(
        ALWAYS_OPEN,
        films_per_day=200,
        reading_minutes=3.6,
        reading_time=ReadingTime.EXPONENTIAL,
        days=15,
        warm_up_days=5,
    )
    means = [
        float(np.mean(list(read_films(Arrivals(clinic, MADE_SHARES, r), clinic, Order.FIRST_COME).values())))
        for r in range(10)
    ]
    found, arriving, reading = OverRepeats(tuple(means)), 200 / DAY, 1 / (3.6 * 60)

    assert clinic.load == pytest.approx(0.5)
    assert found.low < 0.5 / (reading - arriving) < found.high
    assert (found.high - found.low) / found.value < 0.2


@pytest.mark.parametrize(
    ("order", "waits"),
    [
        # Read at 0, 30, 50 and 80 minutes.
        (Order.FIRST_COME, [0, 20, 30, 50]),
        # The urgent one at 30, then the review at 40, then the routine one.
        (Order.RANKED, [0, 60, 20, 0]),
    ],
)
def test_waits_are_those_computed_by_hand(order: Order, waits: list[float]) -> None:
    films = [
        film(0, 0, 30),
        film(1, 10, 20, Flag.ROUTINE),
        film(2, 20, 30, Flag.REVIEW),
        film(3, 30, 10, Flag.URGENT),
    ]

    assert minutes(films, ALWAYS_OPEN, order) == pytest.approx(waits)


def test_a_film_that_waited_longer_than_the_cap_goes_before_an_urgent_one() -> None:
    films = [film(0, 0, 70), film(1, 5, 10), film(2, 20, 10, Flag.URGENT)]

    assert minutes(films, ALWAYS_OPEN, Order.CAPPED) == pytest.approx([0, 65, 60])
    assert minutes(films, ALWAYS_OPEN, Order.RANKED) == pytest.approx([0, 75, 50])


def test_nobody_reads_in_the_night_but_what_was_begun_is_read_to_its_end() -> None:
    clinic = Clinic(days=2, warm_up_days=0)
    last, during, night = film(0, 17 * 60 + 59, 30), film(1, 18 * 60, 5), film(2, 20 * 60, 5, Flag.URGENT)

    waited = minutes([last, during, night], clinic, Order.RANKED)

    assert waited == pytest.approx([0, 14 * 60 + 5, 12 * 60])


def test_two_readers_read_two_films_at_a_time() -> None:
    films = [film(0, 0, 30), film(1, 0, 20), film(2, 5, 10)]

    assert minutes(films, replace(ALWAYS_OPEN, readers=2), Order.FIRST_COME) == pytest.approx([0, 0, 15])


def test_only_days_that_count_are_counted() -> None:
    films = [film(0, 0, 60), film(1, 24 * 60, 60), film(2, 2 * 24 * 60, 60)]

    assert list(read_films(films, replace(ALWAYS_OPEN, warm_up_days=1), Order.RANKED)) == [1]


def test_films_go_on_arriving_until_the_last_one_that_counts_is_read() -> None:
    """Otherwise films ranked last would be read as soon as the days are over."""
    night = 24 * 60.0
    films = [film(0, night - 10, 40), film(1, night - 5, 10)]
    films += [film(2 + i, night + 10 * i, 10, Flag.URGENT) for i in range(50)]

    assert minutes(films, ALWAYS_OPEN, Order.RANKED) == pytest.approx([0, 535])


def test_the_same_seed_draws_the_same_films_and_another_others() -> None:
    assert first(500, SHORT) == first(500, SHORT)
    assert first(500, SHORT) != first(500, SHORT, repeat=1)
    assert first(500, SHORT) != first(500, replace(SHORT, seed=1))
    assert simulate(SHORT, MADE_SHARES) == simulate(SHORT, MADE_SHARES)


def test_films_are_drawn_as_the_clinic_and_the_evidence_say() -> None:
    clinic = Clinic(children_share=0.4, prevalence=0.3)
    films = first(20_000, clinic)

    def share(flag: Flag, positive: bool) -> float:
        of_truth = [one for one in films if one.positive is positive]
        return sum(one.flag is flag for one in of_truth) / len(of_truth)

    hours = np.array([one.arrived for one in films]) / HOUR
    assert (np.diff(hours) >= 0).all()
    assert [one.number for one in films] == list(range(len(films)))
    assert hours[-1] / 24 == pytest.approx(len(films) / clinic.films_per_day, rel=0.03)
    assert ((hours % 24 < 8) | (hours % 24 >= 18)).mean() == pytest.approx(0.3, abs=0.01)
    assert np.mean([one.population is Population.CHILD for one in films]) == pytest.approx(0.4, abs=0.01)
    assert np.mean([one.positive for one in films]) == pytest.approx(0.3, abs=0.01)
    for flag in Flag:
        assert share(flag, True) == pytest.approx(MADE.positives.get(flag, 0), abs=0.02)
        assert share(flag, False) == pytest.approx(MADE.negatives.get(flag, 0), abs=0.02)
    reading = np.array([one.reading_seconds for one in films]) / 60
    assert reading.mean() == pytest.approx(5, rel=0.02)
    assert reading.std() / reading.mean() == pytest.approx(clinic.reading_spread, rel=0.05)


def test_progress_ends_with_every_run_done() -> None:
    reported: list[tuple[int, int]] = []

    simulate(SHORT, MADE_SHARES, lambda done, total: reported.append((done, total)))

    assert reported == [(done, 18) for done in range(1, 19)]


def test_a_population_that_was_not_measured_is_not_simulated() -> None:
    with pytest.raises(ClinicError, match="not measured on child films"):
        simulate(replace(SHORT, children_share=0.2), {Population.ADULT: MADE})

    simulate(SHORT, {Population.ADULT: MADE})


def test_a_repeat_without_a_positive_is_refused_with_the_remedy() -> None:
    with pytest.raises(ClinicError, match="simulate more days"):
        simulate(replace(SHORT, films_per_day=2, prevalence=0.01), MADE_SHARES)
