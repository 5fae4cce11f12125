import random
from dataclasses import dataclass, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import (
    NOT_SCORED,
    OVERDUE,
    REVIEW,
    ROUTINE,
    STAT,
    URGENT,
    Priority,
    PriorityKey,
    Urgency,
    priority,
    priority_key,
    why,
)

CAP = 24 * 3600
NOW = 10 * CAP
FLAGS = [*Flag, None]
URGENCIES = [*Urgency, None]
CHILD, ADULT, UNKNOWN = Population.CHILD, Population.ADULT, Population.UNKNOWN
HEIGHT = {Flag.URGENT: 3, Flag.REFUSED: 2, None: 2, Flag.REVIEW: 1, Flag.ROUTINE: 0}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A film that waits to be read."""

    flag: Flag | None
    probability: float | None
    since: int
    number: int
    population: Population = CHILD
    raised: Urgency | None = None

    @property
    def priority_key(self) -> PriorityKey:
        return priority_key(self.flag, self.probability, self.population, self.raised)

    def place(self, now: float = NOW) -> Priority:
        return priority(self.priority_key, self.since, self.number, now=now, cap_seconds=CAP)

    @property
    def overdue(self) -> bool:
        return NOW - self.since > CAP


AROUND_THE_CAP = st.sampled_from([NOW - CAP - 1, NOW - CAP, NOW - CAP + 1, NOW])
ANY_TIME = AROUND_THE_CAP | st.integers(0, NOW)
IN_TIME = st.integers(NOW - CAP, NOW)


@st.composite
def waiting(draw: st.DrawFn, since: st.SearchStrategy[int] = ANY_TIME) -> Waiting:
    flag = draw(st.sampled_from(FLAGS))
    scored = flag not in (Flag.REFUSED, None)
    # Few different probabilities and times, so that ties are common.
    probability = draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])) if scored else None
    population, raised = draw(st.sampled_from(Population)), draw(st.sampled_from([*URGENCIES, None, None]))
    return Waiting(flag, probability, draw(since), 0, population, raised)


def lists(since: st.SearchStrategy[int] = ANY_TIME) -> st.SearchStrategy[list[Waiting]]:
    return st.lists(waiting(since), max_size=12).map(
        lambda films: [replace(film, number=number) for number, film in enumerate(films)]
    )


def in_order(films: list[Waiting], now: float = NOW) -> list[Waiting]:
    return sorted(films, key=lambda film: film.place(now))


@given(lists(), st.randoms(use_true_random=False))
def test_the_order_is_strict_and_total(films: list[Waiting], shuffler: random.Random) -> None:
    shuffled = films.copy()
    shuffler.shuffle(shuffled)

    assert in_order(shuffled) == in_order(films)
    assert len({film.place() for film in films}) == len(films)


@given(lists())
def test_every_overdue_film_comes_before_every_other_the_longest_wait_first(films: list[Waiting]) -> None:
    ordered = in_order(films)

    overdue = [film for film in ordered if film.overdue]
    assert ordered[: len(overdue)] == overdue
    assert [film.since for film in overdue] == sorted(film.since for film in overdue)
    assert [film.place().key.lane == OVERDUE for film in ordered] == [film.overdue for film in ordered]


@given(lists(since=st.integers(0, CAP)), lists(since=st.integers(CAP + 1, NOW)))
def test_no_film_waits_for_ever(early: list[Waiting], late: list[Waiting]) -> None:
    """However many urgent or raised films arrive after it, past the cap a film is behind older ones only."""
    late = [replace(film, number=film.number + len(early)) for film in late]

    ordered = in_order(early + late, now=2 * CAP + 1)

    assert set(ordered[: len(early)]) == set(early)


@given(lists(), waiting())
def test_a_film_that_arrives_changes_the_order_of_no_others(films: list[Waiting], new: Waiting) -> None:
    new = replace(new, number=len(films))

    ordered = in_order([*films, new])

    assert [film for film in ordered if film is not new] == in_order(films)


@given(lists(), st.sampled_from(Urgency), st.data())
def test_raising_never_lowers_a_film_whatever_it_was_raised_to(
    films: list[Waiting], urgency: Urgency, data: st.DataObject
) -> None:
    film = data.draw(waiting().map(lambda film: replace(film, number=len(films), raised=None)))
    raised = replace(film, raised=urgency)
    stat = replace(film, raised=Urgency.STAT)

    def place(one: Waiting) -> int:
        return in_order([*films, one]).index(one)

    assert place(stat) <= place(raised) <= place(film)
    assert stat.priority_key <= raised.priority_key <= film.priority_key


@given(waiting(), waiting())
def test_no_score_lowers_a_raised_film_below_the_lane_it_was_raised_to(film: Waiting, again: Waiting) -> None:
    """A priority that a person or the modality set is never lowered."""
    lanes = {Urgency.STAT: STAT, Urgency.HIGH: URGENT}
    for urgency, lane in lanes.items():
        for one in (film, replace(again, number=film.number)):
            assert replace(one, raised=urgency).priority_key.lane <= lane


@given(lists(since=IN_TIME))
def test_before_the_cap_a_higher_flag_never_comes_after_a_lower_one(films: list[Waiting]) -> None:
    unraised = [replace(film, raised=None) for film in films]

    heights = [HEIGHT[film.flag] for film in in_order(unraised)]

    assert heights == sorted(heights, reverse=True)


@given(lists(since=IN_TIME))
def test_within_a_lane_children_come_first_then_the_higher_probability_then_the_longer_wait(
    films: list[Waiting],
) -> None:
    for lane in range(STAT, ROUTINE + 1):
        ordered = [film for film in in_order(films) if film.priority_key.lane == lane]
        keys = [
            (
                [CHILD, UNKNOWN, ADULT].index(film.population),
                -(film.probability or 0),
                film.since,
                film.number,
            )
            for film in ordered
        ]
        assert keys == sorted(keys)


@given(waiting(), st.sampled_from([0.0, 0.5, 1.0]))
def test_a_patient_of_unknown_age_ranks_between_children_and_adults(
    film: Waiting, probability: float
) -> None:
    places = {
        population: priority_key(film.flag, probability, population, film.raised) for population in Population
    }

    assert places[CHILD] < places[UNKNOWN] < places[ADULT]


@pytest.mark.parametrize(
    ("flag", "raised", "lane"),
    [
        (Flag.URGENT, None, URGENT),
        (Flag.REFUSED, None, NOT_SCORED),
        (None, None, NOT_SCORED),
        (Flag.REVIEW, None, REVIEW),
        (Flag.ROUTINE, None, ROUTINE),
        *((flag, Urgency.HIGH, URGENT) for flag in FLAGS),
        *((flag, Urgency.STAT, STAT) for flag in FLAGS),
    ],
)
def test_a_film_is_in_the_lane_of_its_flag_or_of_its_raised_priority(
    flag: Flag | None, raised: Urgency | None, lane: int
) -> None:
    assert priority_key(flag, 0.5, ADULT, raised) == PriorityKey(lane, 2, -0.5)


def test_the_lanes_are_read_from_overdue_to_routine() -> None:
    lanes = [OVERDUE, STAT, URGENT, NOT_SCORED, REVIEW, ROUTINE]

    assert lanes == sorted(lanes) and len(set(lanes)) == len(lanes)


def test_films_not_scored_yet_rank_with_the_refused_ones_by_arrival() -> None:
    films = [
        Waiting(None, None, NOW - 10, number=1),
        Waiting(Flag.REFUSED, None, NOW - 20, number=2),
        Waiting(None, None, NOW - 30, number=3),
    ]

    assert [film.number for film in in_order(films)] == [3, 2, 1]


def test_a_film_is_overdue_after_the_cap_and_not_at_it() -> None:
    film = Waiting(Flag.ROUTINE, 0.1, NOW - CAP, number=1)

    assert film.place(NOW).key.lane != OVERDUE
    assert film.place(NOW + 1).key.lane == OVERDUE


def test_every_place_is_explained_in_a_sentence_of_its_own() -> None:
    plain = {why(flag, None, overdue=False) for flag in FLAGS}
    overdue = {why(flag, raised, overdue=True) for flag, raised in product(FLAGS, URGENCIES)}
    stat = {why(flag, Urgency.STAT, overdue=False) for flag in FLAGS}
    high = {why(flag, Urgency.HIGH, overdue=False) for flag in FLAGS if flag is not Flag.URGENT}

    assert len(plain) == len(FLAGS)
    assert overdue == {"Overdue: read before all others, the longest wait first."}
    assert stat == {"Set to stat by a person or the modality: read before the urgent films."}
    assert high == {"Raised by a person or the modality: read with the urgent films."}
    sentences = plain | overdue | stat | high
    assert len(sentences) == len(FLAGS) + 3 and all(said.endswith(".") for said in sentences)


def test_an_urgent_film_raised_to_high_keeps_its_place_and_its_explanation() -> None:
    raised, flagged = (priority_key(Flag.URGENT, 0.9, CHILD, urgency) for urgency in (Urgency.HIGH, None))

    assert raised == flagged
    assert why(Flag.URGENT, Urgency.HIGH, overdue=False) == why(Flag.URGENT, None, overdue=False)
