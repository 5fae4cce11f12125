"""Child processes that decode films: started as they are needed, lent to one caller at a time, replaced where
they die or are late.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from io import RawIOBase
from pathlib import Path
from typing import Any, TypeAlias, cast

from cxr.film.deadlines import Deadlines
from cxr.film.errors import FAILED, FilmError, FilmErrorCode
from cxr.film.film import Population

log = logging.getLogger(__name__)

ATTEMPTS = 2
FIRST_SHARE = 0.25
"""A first attempt gets this share of the seconds, so that a slow film holds others up for less long."""
START_SECONDS = 120.0
PIPE_BYTES = 1024 * 1024
_PACKAGES = Path(__file__).resolve().parents[2]


def cores() -> int:
    """Count the cores that this process may use, or that OMP_NUM_THREADS allows it."""
    stated = os.environ.get("OMP_NUM_THREADS", "")
    if stated.isdecimal() and int(stated):
        return int(stated)
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def child_environment() -> dict[str, str]:
    """Give a child process this one's environment, in which it finds our packages wherever it starts."""
    path = os.pathsep.join([str(_PACKAGES), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return os.environ | {"PYTHONPATH": path}


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding one film may take, and how many are decoded at a time; None: one for every core."""

    seconds: float = 20.0
    memory_mb: int = 1000
    children: int | None = None


Answer: TypeAlias = tuple[dict[str, Any], bytearray]
"""A child's answer to a task, and its bytes."""


class Attempt(Enum):
    """Which attempts at a film are made: both at once, or one of them, by a caller that counts them."""

    BOTH = (0, 1)
    FIRST = (0,)
    SECOND = (1,)


class DecodingFailedError(FilmError):
    """The child process died or timed out on a film, which costs the film an attempt."""


def refusal_of(answer: dict[str, Any]) -> FilmError:
    """Make the error that a child describes."""
    population = Population(answer["population"])
    return FilmError(FilmErrorCode(answer["code"]), answer["sentence"], answer["kind"], population)


class DecodingUnavailableError(Exception):
    """No child process can be started, through no fault of the film."""


class DecodingStopped(BaseException):
    """The program ends: what is being decoded is given up."""


def write_all(pipe: RawIOBase, *parts: bytes | memoryview) -> None:
    """Write parts to an unbuffered pipe."""
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) or 0 :]


class _Child:
    """A child process that is ready."""

    def __init__(self, limits: Limits, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        command = [sys.executable, "-P", "-m", "cxr.film.decoding_child"]
        self.process = subprocess.Popen(
            [*command, str(os.getpid()), str(limits.memory_mb)],
            env=child_environment() | one_thread,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        if sys.platform == "linux":
            import fcntl

            for pipe in (self.process.stdin, self.process.stdout):
                # Fewer switches for a film of many megabytes; a user's quota of pipes may refuse.
                if pipe:
                    try:
                        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
                    except OSError:
                        break

    def answer(self, request: bytes, content: bytes, seconds: float) -> Answer | None:
        """Send a request and give its answer; None where the process died, or was ended for being late."""
        self.late = False
        try:
            with self._deadlines.within(seconds, self._end):
                return self._talk(request, content)
        except OSError:
            return None

    def kill(self) -> None:
        """End the process, and wait until it has."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def _end(self) -> None:
        self.late = True
        self.process.kill()

    def _talk(self, request: bytes, content: bytes) -> Answer | None:
        writer, reader = cast(RawIOBase, self.process.stdin), cast(RawIOBase, self.process.stdout)
        write_all(writer, request, content)
        received = bytearray()
        while (end := received.find(b"\n")) < 0:
            if not (some := reader.read(65536)):
                return None
            received += some
        header = json.loads(received[:end])
        body = bytearray(header.pop("bytes"))
        filled = len(received) - end - 1
        body[:filled] = received[end + 1 :]
        with memoryview(body) as room:
            while filled < len(body):
                if not (count := reader.readinto(room[filled:])):
                    return None
                filled += count
        return header, body


class Pool:
    """Children that are started as they are needed, and kept."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.forget()

    def forget(self) -> None:
        """Begin without children."""
        self._change = threading.Condition()
        self._deadlines = Deadlines()
        self._idle: list[_Child] = []
        self._all: set[_Child | None] = set()
        self._started = 0
        self._stopped = False
        # The kernel ends a child with the thread that started it: this one lives as long as the program.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decoding starter")

    def ask(
        self, task: str, arguments: dict[str, Any], content: bytes, attempt: Attempt = Attempt.BOTH
    ) -> Answer:
        """Have a child do a task, twice at most, and give its answer."""
        *earlier, last = attempt.value
        for number in earlier:
            try:
                return self._ask_once(task, arguments, content, number)
            except DecodingFailedError:
                continue
        return self._ask_once(task, arguments, content, last)

    def stop(self) -> None:
        """End all children, and start none from now on."""
        with self._change:
            self._stopped = True
            for child in self._all:
                if child:
                    child.process.kill()
            self._change.notify_all()

    def _ask_once(self, task: str, arguments: dict[str, Any], content: bytes, number: int) -> Answer:
        seconds = self.limits.seconds * (1 if number else FIRST_SHARE)
        request = {"task": task, "arguments": arguments, "bytes": len(content), "seconds": seconds}
        with self._child() as child:
            answer = child.answer(json.dumps(request).encode() + b"\n", content, seconds)
            header = answer[0] if answer else {}
            if answer is None or child.late or "out_of_memory" in header:
                child.kill()
        if self._stopped:
            raise DecodingStopped
        if answer is None or "out_of_memory" in header:
            raise self._failure(child, seconds, "out_of_memory" in header)
        if "failed" in header:
            # The type alone: the text of a stranger's exception may name the patient.
            log.error("Reading a film failed with %s.", header["failed"])
            raise FilmError(FilmErrorCode.FAILED, FAILED)
        if "code" in header:
            raise refusal_of(header)
        return answer

    def _failure(self, child: _Child, seconds: float, out_of_memory: bool) -> DecodingFailedError:
        if out_of_memory:
            why = f"Reading this film needs more than {self.limits.memory_mb} MB of memory."
        elif child.late:
            why = f"This film could not be read within {seconds:g} seconds."
        else:
            code = child.process.returncode
            log.warning("The process that read a film died (exit code %d).", code)
            return DecodingFailedError(FilmErrorCode.FAILED, FAILED)
        log.warning("%s", why)
        return DecodingFailedError(FilmErrorCode.FAILED, f"{why} Export it again, as PNG or uncompressed.")

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        """Lend a child to one caller at a time."""
        with self._change:
            most = self.limits.children or cores()
            self._change.wait_for(lambda: self._stopped or self._idle or self._started < most)
            if self._stopped:
                raise DecodingStopped
            child = self._idle.pop() if self._idle else None
            if child and child.process.poll() is not None:  # somebody ended it meanwhile
                self._all.discard(child)
                child = None
            else:
                self._started += child is None
        try:
            child = child or self._starter.submit(self._start).result()
            yield child
        finally:
            with self._change:
                if child and child.process.poll() is None:
                    self._idle.append(child)
                else:
                    self._started -= 1
                    self._all -= {child}
                self._change.notify()

    def _start(self) -> _Child:
        try:
            child = _Child(self.limits, self._deadlines)
        except OSError as error:
            raise DecodingUnavailableError(
                f"No process can be started that reads films: {error.strerror}."
            ) from None
        with self._change:
            self._all.add(child)
        # It reports by itself that it is ready.
        if not child.answer(b"", b"", START_SECONDS):
            child.kill()
            if self._stopped:
                raise DecodingStopped
            raise DecodingUnavailableError(
                "The process that reads films ended at its start, with exit code "
                f"{child.process.returncode}. Its error output says why; CXR_FILM_MEMORY_MB may be too small."
            )
        return child


POOL = Pool()

if hasattr(os, "register_at_fork"):
    # After a fork the children belong to the process that started them.
    os.register_at_fork(after_in_child=POOL.forget)
