import math
from itertools import accumulate, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.reading_queue import ReadingQueue, SimulatedFilm, place

CAP, NO_CAP, BY_ARRIVAL = 60.0, math.inf, -math.inf

# Seconds that pass, and then a film that arrives (whom it shows, its flag and probability) or one is taken.
ARRIVAL = st.tuples(
    st.sampled_from([Population.CHILD, Population.ADULT]),
    st.sampled_from(list(Flag)),
    st.sampled_from([0.1, 0.5, 0.9]),
)
EVENTS = st.lists(st.tuples(st.integers(0, 60), ARRIVAL | st.none()), max_size=40)


@given(EVENTS, st.sampled_from([CAP, NO_CAP, BY_ARRIVAL]))
def test_films_are_handed_out_as_the_rule_of_the_worklist_sorts_them_at_that_moment(
    events: list[tuple[int, tuple[Population, Flag, float] | None]], cap: float
) -> None:
    queue, waiting, numbers = ReadingQueue(cap), list[SimulatedFilm](), count()
    times = accumulate(seconds for seconds, _ in events)
    for now, (_, arrival) in zip(times, events, strict=True):
        if arrival:
            film = SimulatedFilm(next(numbers), float(now), *arrival)
            queue.add(film)
            waiting.append(film)
        elif waiting:
            first = min(waiting, key=lambda film: place(film, cap, now))
            assert queue.take(now) == first
            waiting.remove(first)
        assert len(queue) == len(waiting)


@given(EVENTS)
def test_with_no_time_to_wait_films_go_by_arrival(
    events: list[tuple[int, tuple[Population, Flag, float] | None]],
) -> None:
    queue = ReadingQueue(BY_ARRIVAL)
    arrivals = [arrival for _, arrival in events if arrival]
    for number, arrival in enumerate(arrivals):
        queue.add(SimulatedFilm(number, float(number), *arrival))

    assert [queue.take(0.0).number for _ in arrivals] == list(range(len(arrivals)))


def test_a_film_that_is_overdue_goes_before_an_urgent_one() -> None:
    queue = ReadingQueue(CAP)
    queue.add(SimulatedFilm(0, 0.0, Population.ADULT, Flag.ROUTINE, 0.1))
    queue.add(SimulatedFilm(1, 10.0, Population.CHILD, Flag.ROUTINE, 0.1))
    queue.add(SimulatedFilm(2, 50.0, Population.ADULT, Flag.URGENT, 0.9))

    assert [queue.take(65.0).number for _ in range(3)] == [0, 2, 1]


def test_an_empty_queue_says_that_no_film_waits() -> None:
    with pytest.raises(IndexError, match="No film is waiting"):
        ReadingQueue(CAP).take(0.0)
