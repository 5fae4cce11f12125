"""Report the progress of a measurement."""

from collections.abc import Callable

Told = Callable[[int, int], None]
"""Called with the amount done and the total."""


def counted(told: Told | None, total: int) -> Callable[[int], None]:
    """Return a callback that takes the size of each finished piece and reports the amount done so far."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if told:
            told(done, total)

    return advance
