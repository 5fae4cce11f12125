"""Threads for requests that wait while a film is decoded, which take none from other requests.

A film may take 25 seconds, and the server has 40 threads for everything: sessions, health checks, files.
"""

from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio

AT_ONCE, OF_ONE = 12, 4
"""Films that are decoded for requests at a time, and those of one account, session or token."""
Result = TypeVar("Result")


class DecodingThreads:
    """Threads that all askers share, each with a bound of its own; whoever has to wait takes no thread."""

    def __init__(self) -> None:
        self._all = anyio.CapacityLimiter(AT_ONCE)
        self._own: WeakValueDictionary[str, anyio.CapacityLimiter] = WeakValueDictionary()

    async def run(self, asker: str, work: Callable[[], Result]) -> Result:
        """Call a function in a thread once there is one, and return what it returns."""
        own = self._own.get(asker)
        if own is None:
            own = self._own[asker] = anyio.CapacityLimiter(OF_ONE)
        async with own:
            return await anyio.to_thread.run_sync(work, limiter=self._all)
