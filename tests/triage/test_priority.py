import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.triage.flag import Flag
from cxr.triage.priority import Priority, priority, why

CAP = 24 * 3600
NOW = 10 * CAP
FLAGS = [*Flag, None]
URGENCY = {Flag.URGENT: 3, Flag.REFUSED: 2, None: 2, Flag.REVIEW: 1, Flag.ROUTINE: 0}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A film that waits to be read."""

    flag: Flag | None
    probability: float | None
    since: int
    number: int

    def place(self, now: float = NOW) -> Priority:
        return priority(self.flag, self.probability, self.since, self.number, now=now, cap_seconds=CAP)

    @property
    def overdue(self) -> bool:
        return NOW - self.since > CAP


AROUND_THE_CAP = st.sampled_from([NOW - CAP - 1, NOW - CAP, NOW - CAP + 1, NOW])
ANY_TIME = AROUND_THE_CAP | st.integers(0, NOW)


@st.composite
def waiting(draw: st.DrawFn, since: st.SearchStrategy[int] = ANY_TIME) -> Waiting:
    flag = draw(st.sampled_from(FLAGS))
    scored = flag not in (Flag.REFUSED, None)
    # Few different probabilities and times, so that ties are common.
    probability = draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])) if scored else None
    return Waiting(flag, probability, draw(since), number=0)


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


@given(lists(since=st.integers(0, CAP)), lists(since=st.integers(CAP + 1, NOW)))
def test_nothing_sinks_for_ever(early: list[Waiting], late: list[Waiting]) -> None:
    """However many urgent films arrive after it, past the cap a film is behind older ones only."""
    late = [replace(film, number=film.number + len(early)) for film in late]

    ordered = in_order(early + late, now=2 * CAP + 1)

    assert set(ordered[: len(early)]) == set(early)


@given(lists(), waiting())
def test_a_film_that_arrives_changes_the_order_of_no_others(films: list[Waiting], new: Waiting) -> None:
    new = replace(new, number=len(films))

    ordered = in_order([*films, new])

    assert [film for film in ordered if film is not new] == in_order(films)


@given(lists(since=st.integers(NOW - CAP, NOW)))
def test_before_the_cap_a_higher_flag_never_comes_after_a_lower_one(films: list[Waiting]) -> None:
    urgencies = [URGENCY[film.flag] for film in in_order(films)]

    assert urgencies == sorted(urgencies, reverse=True)


@given(lists(since=st.integers(NOW - CAP, NOW)))
def test_within_a_flag_the_higher_probability_comes_first_then_the_longer_wait(
    films: list[Waiting],
) -> None:
    for flag in (Flag.URGENT, Flag.REVIEW, Flag.ROUTINE):
        ordered = [film for film in in_order(films) if film.flag is flag]
        keys = [(-(film.probability or 0), film.since, film.number) for film in ordered]
        assert keys == sorted(keys)


def test_a_refused_film_is_read_right_after_the_urgent_ones() -> None:
    films = [
        Waiting(flag, 0.9, NOW, number)
        for number, flag in enumerate([Flag.ROUTINE, Flag.REVIEW, Flag.REFUSED, Flag.URGENT])
    ]

    assert [film.flag for film in in_order(films)] == [
        *(Flag.URGENT, Flag.REFUSED, Flag.REVIEW, Flag.ROUTINE)
    ]


def test_a_film_that_waits_for_its_score_stands_with_the_refused_ones_by_arrival() -> None:
    films = [
        Waiting(None, None, NOW - 10, number=1),
        Waiting(Flag.REFUSED, None, NOW - 20, number=2),
        Waiting(None, None, NOW - 30, number=3),
    ]

    assert [film.number for film in in_order(films)] == [3, 2, 1]


def test_a_film_is_overdue_after_the_cap_and_not_at_it() -> None:
    film = Waiting(Flag.ROUTINE, 0.1, NOW - CAP, number=1)

    assert not film.place(NOW).overdue
    assert film.place(NOW + 1).overdue


@pytest.mark.parametrize("flag", FLAGS)
def test_a_sentence_says_why_a_film_stands_where_it_does(flag: Flag | None) -> None:
    fresh, overdue = (Waiting(flag, None, since, number=1).place() for since in (NOW, 0))

    assert why(flag, fresh).endswith(".") and why(flag, fresh) != why(flag, overdue)
    assert why(flag, overdue) == "Waited too long: read before all others."


def test_no_two_flags_are_explained_alike() -> None:
    fresh = Waiting(None, None, NOW, number=1).place()

    assert len({why(flag, fresh) for flag in FLAGS}) == len(FLAGS)
