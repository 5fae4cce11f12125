"""End what takes too long, by one thread for all: a thread for each film would wait for a core first."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadlines:
    """Deadlines of what is being done, watched by a thread that starts with the first."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: dict[object, tuple[float, Callable[[], None]]] = {}
        self._wakes_at = math.inf
        self._watcher: threading.Thread | None = None

    @contextmanager
    def within(self, seconds: float, end: Callable[[], None]) -> Iterator[None]:
        """Call `end`, from another thread, if what is done in here takes longer; never afterwards."""
        one, until = object(), time.monotonic() + seconds
        with self._change:
            self._waiting[one] = until, end
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._watcher.start()
            if until < self._wakes_at:
                self._change.notify()
        try:
            yield
        finally:
            with self._change:
                self._waiting.pop(one, None)

    def _watch(self) -> None:
        with self._change:
            while True:
                now = time.monotonic()
                for one, (until, end) in list(self._waiting.items()):
                    if until <= now:
                        del self._waiting[one]
                        end()
                self._wakes_at = min((until for until, _ in self._waiting.values()), default=math.inf)
                self._change.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
