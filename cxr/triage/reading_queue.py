"""Waiting films, handed out by the rule of the worklist, without sorting them all each time."""

import heapq
from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import Priority, priority, standing


@dataclass(frozen=True, slots=True)
class WaitingFilm:
    """A film as the rule of the worklist sees it; times are in seconds of one clock."""

    number: int
    arrived: float
    population: Population
    flag: Flag
    probability: float


AnyFilm = TypeVar("AnyFilm", bound=WaitingFilm)


def place(film: WaitingFilm, cap: float, now: float) -> Priority:
    """Place a film by the worklist's own rule; `cap` in seconds."""
    return priority(
        standing(film.flag, film.probability, film.population),
        film.arrived,
        film.number,
        now=now,
        cap_seconds=cap,
    )


class ReadingQueue(Generic[AnyFilm]):
    """Films that wait, of which the one that comes first by `priority` is taken.

    The rule of the worklist leaves two candidates only: of the films that have waited longer than the cap,
    the one that arrived first; of the others, the first by a place that does not change with the clock. So it
    is enough to keep the films by arrival, and by the place that they had on arrival.

    Parameters
    ----------
    cap
        Seconds that a film may wait; minus infinity for the order of arrival, infinity for ranking without a
        cap.
    """

    def __init__(self, cap: float) -> None:
        self._cap = cap
        self._by_place: list[tuple[Priority, AnyFilm]] = []
        self._by_arrival: deque[AnyFilm] = deque()
        self._waiting: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, film: AnyFilm) -> None:
        """Let a film wait; films come in the order of their arrival."""
        self._waiting.add(film.number)
        heapq.heappush(self._by_place, (place(film, self._cap, film.arrived), film))
        self._by_arrival.append(film)

    def take(self, now: float) -> AnyFilm:
        """Take the film that is to be read next.

        Raises
        ------
        IndexError
            Where no film waits.
        """
        self._drop_taken()
        if not self._waiting:
            raise IndexError("No film waits: ask for one only where there is one.")
        candidates = self._by_arrival[0], self._by_place[0][1]
        first = min(candidates, key=lambda film: place(film, self._cap, now))
        self._waiting.remove(first.number)
        return first

    def _drop_taken(self) -> None:
        """Forget films at the front that were taken from the other side."""
        while self._by_place and self._by_place[0][1].number not in self._waiting:
            heapq.heappop(self._by_place)
        while self._by_arrival and self._by_arrival[0].number not in self._waiting:
            self._by_arrival.popleft()
