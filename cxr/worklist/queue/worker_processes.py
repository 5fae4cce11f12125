"""Worker processes side by side: started, watched, started anew where they die, and ended with their parent.

Each of them is `python -m cxr work --child`. Its standard input is a pipe whose other end the parent alone
holds, without a word: where that closes, the parent wants the process to end, or has died itself. On its
standard output it says that it is ready, how many films it wrote down, and that it has tried by themselves
those that its forerunner held when it died (see `cxr.worklist.queue.quarantine_run`).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr.worklist.queue.quarantine_run import QuarantineRun
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

RESTART_SECONDS = 5.0
LOOK_SECONDS = 0.1
TRIES = 3
COULD_NOT = (1, 2)
"""Exit codes of a process that told itself why it cannot score."""


def cores() -> int:
    """Count the cores that this process may compute on, or that OMP_NUM_THREADS allows it."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdecimal() and int(said):
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class _Heard:
    """What one process said of itself."""

    worker: str | None = None
    scored: bool = False
    tried: bool = False


class WorkerProcesses:
    """Processes that score what waits on one worklist.

    Parameters
    ----------
    count
        How many.
    threads
        That each of them computes on; by default its share of the cores.
    until_empty
        Let each end as soon as nothing waits, and where nothing can be scored.
    scored
        Called with the number of films of each batch that one of them wrote down, by one thread at a time.
    environment
        Settings that they have beside those of this process, or other than them.
    pause
        Seconds before one that died is started anew.
    """

    def __init__(
        self,
        worklist: Worklist,
        count: int,
        threads: int | None = None,
        until_empty: bool = False,
        scored: Callable[[int], None] | None = None,
        environment: Mapping[str, str] | None = None,
        pause: float = RESTART_SECONDS,
    ) -> None:
        self.threads = threads or max(1, cores() // count)
        self._worklist = worklist
        self._until_empty = until_empty
        self._scored = scored
        # By OMP_NUM_THREADS also those libraries keep to it that are not told.
        own = {"CXR_WORKERS": "1", "OMP_NUM_THREADS": str(self.threads)}
        self._environment = os.environ | dict(environment or {}) | own
        self._pause = pause
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._ended = threading.Event()
        self._running: dict[int, subprocess.Popen[str]] = {}
        self._ready: dict[int, int] = {}
        self._ever_ready = False
        self._failed = False
        self._keepers = [
            threading.Thread(target=self._keep, args=(place,), name=f"keeper {place}", daemon=True)
            for place in range(1, count + 1)
        ]
        if count > cores():
            log.warning("%d worker processes share %d cores: fewer would be faster.", count, cores())

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that run now."""
        with self._lock:
            return [child.pid for child in self._running.values()]

    @property
    def ready(self) -> dict[int, int]:
        """Processes that have loaded their model, by number, and the threads that each computes on."""
        with self._lock:
            return dict(self._ready)

    def start(self) -> None:
        """Start them; `wait_until_ready` tells when their models are loaded."""
        for keeper in self._keepers:
            keeper.start()

    def wait_until_ready(self, stop: threading.Event, timeout: float = float("inf")) -> bool:
        """Wait until all have loaded their models; false where they cannot, were stopped or time ran out."""
        until = time.monotonic() + timeout
        while len(self.ready) < len(self._keepers):
            if self._failed or not self._alive() or time.monotonic() > until or stop.wait(LOOK_SECONDS):
                return False
        return True

    def run(self, stop: threading.Event) -> bool:
        """Let them work until told to stop or until all have ended; false where one could not work."""
        if not any(keeper.ident for keeper in self._keepers):
            self.start()
        while self._alive() and not stop.wait(LOOK_SECONDS):
            pass
        self.stop()
        return not self._failed

    def stop(self) -> None:
        """Let each finish the films in hand, and wait for that."""
        with self._lock:
            self._ended.set()
            for child in self._running.values():
                _close(child)
        for keeper in self._keepers:
            if keeper.ident:
                keeper.join()

    def _alive(self) -> bool:
        return any(keeper.is_alive() for keeper in self._keepers)

    def _keep(self, place: int) -> None:
        """Keep one process running."""
        fruitless, trial = 0, QuarantineRun(self._worklist)
        while child := self._begin(place, trial.worker):
            heard = _Heard()
            assert child.stdout
            for line in child.stdout:
                self._listen(child.pid, line, heard)
            code = child.wait()
            with self._lock:
                del self._running[place]
                self._ready.pop(child.pid, None)
            if heard.tried:
                trial.over()
            if self._ended.is_set() or (self._until_empty and code == 0):
                break
            log.error("Worker process %d of %d ended with exit code %d.", place, len(self._keepers), code)
            refused = self._died(trial, heard.worker, explained=code in COULD_NOT)
            fruitless = 0 if heard.scored or refused else fruitless + 1
            # Where none was ever ready it is the settings that are wrong: another would fare no better.
            hopeless = code in COULD_NOT and (self._until_empty or not self._ever_ready)
            if hopeless or (self._until_empty and fruitless == TRIES):
                self._failed = True
                break
            self._ended.wait(self._pause)
        self._told_of(trial.end)

    def _begin(self, place: int, tries: str | None) -> subprocess.Popen[str] | None:
        """Start a process, unless all are to end; at first it tries what a dead worker held."""
        command = [sys.executable, "-m", "cxr", "work", "--child", "--threads", str(self.threads)]
        command += ["--until-empty"] if self._until_empty else []
        command += ["--tries", tries] if tries else []
        with self._lock:
            if self._ended.is_set():
                return None
            # In a session of its own: Ctrl-C reaches this process alone, which lets the others finish.
            self._running[place] = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            return self._running[place]

    def _listen(self, pid: int, line: str, heard: _Heard) -> None:
        match line.rstrip("\n").split("\t"):
            case ["ready", threads, worker]:
                heard.worker = worker
                with self._lock:
                    self._ready[pid], self._ever_ready = int(threads), True
                log.info("Worker process %d is ready, on %s threads.", pid, threads)
            case ["scored", count]:
                heard.scored = True
                if self._scored:
                    with self._counting:
                        self._scored(int(count))
            case ["tried"]:
                heard.tried = True

    def _died(self, trial: QuarantineRun, worker: str | None, explained: bool) -> bool:
        """Put what a dead process held on trial, and tell whether a film was refused for its death.

        One that told why it cannot score has given back what it held.
        """
        return bool(not explained and self._told_of(lambda: trial.died(worker)))

    def _told_of(self, deed: Callable[[], bool | None]) -> bool | None:
        """Do something to the worklist; where that fails, leases run out."""
        try:
            return deed()
        except WorklistError as error:
            log.error("%s", error)
            return None


class Parent:
    """The process that started this one.

    Parameters
    ----------
    stop
        Set when the parent wants this process to end, or has died.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        threading.Thread(target=self._listen, name="parent", daemon=True).start()

    def ready(self, threads: int, worker: str) -> None:
        """Say that the model is loaded, what is computed on, and the worker's name."""
        self._say("ready", threads, worker)

    def scored(self, count: int) -> None:
        """Say how many films were written down."""
        self._say("scored", count)

    def tried(self) -> None:
        """Say that what a dead worker held was tried."""
        self._say("tried")

    def _say(self, *words: object) -> None:
        line = "\t".join(map(str, words)) + "\n"
        try:
            os.write(sys.stdout.fileno(), line.encode())
        except OSError:
            self._stop.set()

    def _listen(self) -> None:
        # Not by `sys.stdin`: a thread that reads it keeps Python from ending.
        while os.read(sys.stdin.fileno(), 1):
            pass
        self._stop.set()


def _close(child: subprocess.Popen[str]) -> None:
    assert child.stdin
    child.stdin.close()
