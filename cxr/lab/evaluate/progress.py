"""Telling how far a measurement is."""

from collections.abc import Callable

Told = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def counted(told: Told | None, total: int) -> Callable[[int], None]:
    """Give what is called with each piece that is done, and tells of all done so far."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if told:
            told(done, total)

    return advance
