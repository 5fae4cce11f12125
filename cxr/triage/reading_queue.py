"""Films waiting in a simulation, taken by the worklist's own rule without sorting them all each time."""

import heapq
from collections import deque
from dataclasses import dataclass

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import Priority, priority, priority_key


@dataclass(frozen=True, slots=True)
class SimulatedFilm:
    """A film with everything that is drawn before it is read, so that each order meets the same films.

    Times are seconds on one clock.
    """

    number: int
    arrived: float
    population: Population
    flag: Flag
    probability: float
    positive: bool = False
    reading_seconds: float = 0.0


def place(film: SimulatedFilm, cap: float, now: float) -> Priority:
    """Compute a film's priority by the worklist's own rule; `cap` in seconds."""
    key = priority_key(film.flag, film.probability, film.population)
    return priority(key, film.arrived, film.number, now=now, cap_seconds=cap)


class ReadingQueue:
    """Waiting films, of which the one with the smallest `priority` is taken.

    There are only two candidates at any time: the film that arrived first, if it has waited longer than the
    cap, and the first by the key that does not change with time. So the films are kept in both orders.

    Parameters
    ----------
    cap
        Seconds that a film may wait: minus infinity to read in order of arrival, infinity for no cap.
    """

    def __init__(self, cap: float) -> None:
        self._cap = cap
        self._by_priority: list[tuple[Priority, SimulatedFilm]] = []
        self._by_arrival: deque[SimulatedFilm] = deque()
        self._waiting: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, film: SimulatedFilm) -> None:
        """Add a film; films are added in order of arrival."""
        self._waiting.add(film.number)
        heapq.heappush(self._by_priority, (place(film, self._cap, film.arrived), film))
        self._by_arrival.append(film)

    def take(self, now: float) -> SimulatedFilm:
        """Take the film that is to be read next.

        Raises
        ------
        IndexError
            If no film is waiting.
        """
        if not self._waiting:
            raise IndexError("No film is waiting: check the length of the queue first.")
        # Films taken from one order are still at the front of the other.
        while self._by_priority[0][1].number not in self._waiting:
            heapq.heappop(self._by_priority)
        while self._by_arrival[0].number not in self._waiting:
            self._by_arrival.popleft()
        candidates = self._by_arrival[0], self._by_priority[0][1]
        first = min(candidates, key=lambda film: place(film, self._cap, now))
        self._waiting.remove(first.number)
        return first
