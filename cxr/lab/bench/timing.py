"""Time measured in turns, so that what slows the machine down slows every contender down."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from cxr.evidence.speed import Pace, Spread


def in_turns(contenders: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Run each contender once to warm up, then all of them in turn, round after round.

    Parameters
    ----------
    contenders
        Each does its work once and returns for how many films.

    Returns
    -------
    Milliseconds a film, by contender and round.
    """
    for run in contenders.values():
        run()
    found: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        # Each round begins with another one.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found[name].append(milliseconds(contenders[name]))
    return found


def milliseconds(run: Callable[[], int]) -> float:
    """Milliseconds a film of one run."""
    started = time.perf_counter()
    films = run()
    return 1000 * (time.perf_counter() - started) / films


def spread(values: Sequence[float]) -> Spread:
    """The median of values, their lowest and their highest."""
    return Spread(statistics.median(values), min(values), max(values))


def pace(ours: Sequence[float], reference: Sequence[float]) -> Pace:
    """Hold milliseconds against those of the reference of the same round."""
    return Pace(spread(ours), spread([theirs / our for our, theirs in zip(ours, reference, strict=True)]))


def side_by_side(run: Callable[[], int], threads: int) -> int:
    """Run the same work in so many threads at once, and return the films of all."""
    films = [0] * threads

    def count(place: int) -> None:
        films[place] = run()

    running = [threading.Thread(target=count, args=(place,)) for place in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(films)
