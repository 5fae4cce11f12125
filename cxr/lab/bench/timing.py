"""Timing in turns, so that anything that slows the machine down slows every contender down."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from cxr.lab.bench.speed import Pace, Spread


def in_turns(contenders: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Run each contender once to warm up, then all in turn, round after round.

    Parameters
    ----------
    contenders
        Each does its work once and returns the number of films.

    Returns
    -------
    Milliseconds per film, by contender and round.
    """
    for run in contenders.values():
        run()
    found: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        # Each round starts with a different contender.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found[name].append(milliseconds(contenders[name]))
    return found


def milliseconds(run: Callable[[], int]) -> float:
    """Return the milliseconds per film of one run."""
    started = time.perf_counter()
    films = run()
    return 1000 * (time.perf_counter() - started) / films


def spread(values: Sequence[float]) -> Spread:
    """Return the median, the lowest and the highest value."""
    return Spread(statistics.median(values), min(values), max(values))


def pace(ours: Sequence[float], reference: Sequence[float]) -> Pace:
    """Compare milliseconds with the reference of the same round."""
    return Pace(spread(ours), spread([theirs / our for our, theirs in zip(ours, reference, strict=True)]))
