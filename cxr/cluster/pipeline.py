"""Parts on a Ray cluster: fetched by tasks, scored by actors."""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr.cluster.job import Desk, Destination, Done, Job, MachineError
from cxr.cluster.parts import FolderError, Part
from cxr.cluster.places import fetch_all
from cxr.film import FilmError, FilmErrorCode
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    import pyarrow

ROOT = Path(__file__).resolve().parents[2]
READING_CPU, SCORING_CPU = 0.1, 0.9
"""Shares of a core: an actor and a task that fetches for it fit on one."""
ROUNDS = 2
"""Times that unfinished parts are sent again: the actor of a lost machine may never return."""
ANSWER_SECONDS = 5.0
PLACE_SECONDS = 120.0
"""How long Ray may take to find a free core before anything is sent."""
SILENT_SECONDS = 900.0
"""How long no part may be done, beside the time that decoding the films of one may take."""
WAITING = "rows of the cluster"
"""Name of the thread that waits for Ray."""
AT_ONCE = 10_000
"""Parts that are submitted to the cluster at once: each is an object in this machine's memory."""

DESTINATION_FAILED = "A machine of the cluster cannot write the results. Check the destination from there."


def look_for_ray() -> None:
    """Raise `MachineError` where Ray is not installed: it is an extra."""
    try:
        import_module("ray.data")
    except ImportError:
        raise MachineError(
            "Ray is not installed. Install it with the extra: .venv/bin/pip install -e '.[ray]'"
        ) from None


def connect(address: str | None, actors: int | None) -> int:
    """Join a Ray cluster, or start one on this machine, and return how many actors it gets.

    Ray reports no usage statistics, and does not repeat the logs of the machines.

    Raises
    ------
    MachineError
        Where there is no cluster at the address, or it has no core free.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    # Every machine finds the program at the same path as on this one.
    program = {"env_vars": {"PYTHONPATH": str(ROOT)}}
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "runtime_env": program}
    try:
        if address is not None:
            _knock(address)
        if address is None:
            ray.init(address="local", num_cpus=actors, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        raise MachineError(_no_cluster(address, error)) from None
    find_core()
    return actors or max(1, int(ray.cluster_resources().get("CPU", 1)))


def _knock(address: str) -> None:
    """Find out within seconds whether the address answers: Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()


def find_core() -> None:
    """Raise `MachineError` where Ray has no core for us: it would wait for one for ever."""
    import ray

    try:
        ray.get(ray.remote(num_cpus=1, max_retries=0)(_nothing).remote(), timeout=PLACE_SECONDS)
    except ray.exceptions.RayError as error:
        raise MachineError(
            f"Ray could not start anything on the cluster within {PLACE_SECONDS:.0f} seconds "
            f"({type(error).__name__}). `ray status` shows whether other work holds all of its cores; try "
            "again once one is free."
        ) from None


def _nothing() -> None:
    pass


def _no_cluster(address: str | None, error: Exception) -> str:
    if address is None:
        return f"Ray cannot be started on this machine ({type(error).__name__})."
    return (
        f"No Ray cluster answers at {address} ({type(error).__name__}). Check CXR_RAY_ADDRESS, and that "
        "`ray status` there lists the machines."
    )


def score_parts(job: Job, destination: Destination, parts: Sequence[Part], actors: int) -> Iterator[Done]:
    """Score parts and yield each once, when it is done, whatever dies meanwhile.

    Raises
    ------
    MachineError
        Where machines or the destination fail again and again; the parts done by then stay done.
    """
    missing = {part.name: part for part in parts}
    failure: str | None = None
    for _ in range(1 + ROUNDS):
        failures, failure = 0, None
        for done in _run(job, destination, list(missing.values()), actors):
            if done.failure is None:
                failures = 0
                if missing.pop(done.part, None):
                    yield done
                continue
            failures, failure = failures + 1, done.failure
            if failures > 2 * actors:
                raise MachineError(failure)
        if not missing:
            return
    raise MachineError(
        failure or f"{len(missing)} batches could not be scored. See the logs of Ray, and try again."
    )


def _run(job: Job, destination: Destination, parts: Sequence[Part], actors: int) -> Iterator[Done]:
    for start in range(0, len(parts), AT_ONCE):
        yield from _run_at_once(job, destination, parts[start : start + AT_ONCE], actors)


def _run_at_once(job: Job, destination: Destination, parts: Sequence[Part], actors: int) -> Iterator[Done]:
    """Send parts through the cluster; nothing is returned for one whose actor died."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # A part stays in one block: it is scored and written as a whole.
    context.target_max_block_size = None
    context.max_errored_blocks = -1
    for name in ("ray.data", "ray.util"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # As bytes: a file name may not be valid text.
    rows = [{"files": [os.fsencode(file) for file in part.files]} for part in parts]
    actors = min(actors, len(parts))
    # One is enough to continue: the actor of a machine that is gone cannot be restarted.
    pool = ray.data.ActorPoolStrategy(
        min_size=1, max_size=actors, initial_size=actors, max_tasks_in_flight_per_actor=2
    )
    with warnings.catch_warnings():
        # There is no other way yet to have an actor's task tried once.
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = (
            ray.data.from_items(rows, override_num_blocks=len(rows))
            .map_batches(read_parts, batch_size=None, batch_format="pyarrow", num_cpus=READING_CPU)
            .map_batches(
                ScoringActor,
                fn_constructor_args=(job, destination),
                batch_size=None,
                batch_format="pyarrow",
                num_cpus=SCORING_CPU,
                compute=pool,
                max_restarts=-1,
                max_task_retries=0,  # the rounds retry: the same actor would have to be restarted first
            )
        )
    for row in _in_time(dataset.iter_rows(), SILENT_SECONDS + 2 * job.batch_size * job.limits.seconds):
        yield Done.from_json(row["done"])


def _in_time(rows: Iterable[dict[str, Any]], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield rows; raise `MachineError` where none comes for so long: Ray waits for machines for ever."""
    found: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()

    def wait_for_rows() -> None:
        try:
            for row in rows:
                found.put(row)
            found.put(None)
        except BaseException as error:
            found.put(error)

    threading.Thread(target=wait_for_rows, name=WAITING, daemon=True).start()
    while True:
        try:
            row = found.get(timeout=seconds)
        except queue.Empty:
            raise MachineError(
                f"The cluster has not finished a batch in {seconds / 60:.0f} minutes. `ray status` shows "
                "whether it has lost machines or other work holds its cores. Run the command again: what is "
                "done is not done twice."
            ) from None
        if row is None:
            return
        if isinstance(row, BaseException):
            raise row
        yield row


def read_parts(parts: pyarrow.Table) -> pyarrow.Table:
    """Fetch the files of parts, one row for each part, so that no part is ever split."""
    import pyarrow as pa

    contents, codes, sentences = [], [], []
    for part in parts.to_pylist():
        fetched = fetch_all(_names(part))
        errors = [one if isinstance(one, FilmError) else None for one in fetched]
        contents.append([None if isinstance(one, FilmError) else one for one in fetched])
        codes.append([error and str(error.code) for error in errors])
        sentences.append([error and error.sentence for error in errors])
    strings = pa.list_(pa.string())
    columns = {
        "files": parts["files"],
        # Large: one column of a block may hold more than 2 GB.
        "contents": pa.array(contents, pa.large_list(pa.large_binary())),
        "codes": pa.array(codes, strings),
        "sentences": pa.array(sentences, strings),
    }
    return pa.table(columns)


class ScoringActor:
    """A screener on one core of some machine; started by the first part, so that a failure is reported."""

    def __init__(self, job: Job, destination: Destination) -> None:
        self._job, self._destination = job, destination
        self._desk: Desk | None = None

    def __call__(self, parts: pyarrow.Table) -> pyarrow.Table:
        """Score parts, one row each, and report on them."""
        import pyarrow as pa

        return pa.table({"done": [self._done(row).to_json() for row in parts.to_pylist()]})

    def _done(self, row: dict[str, Any]) -> Done:
        part = Part(_names(row))
        fetched = zip(row["contents"], row["codes"], row["sentences"], strict=True)
        contents = [
            FilmError(FilmErrorCode(code), why) if code else content for content, code, why in fetched
        ]
        try:
            if self._desk is None:
                self._desk = self._destination.desk(self._job, self._job.screener())
            return self._desk.take(part, contents)
        except (MachineError, FolderError, WorklistError, DecodingUnavailableError) as error:
            return Done(part.name, failure=str(error))
        except OSError as error:
            return Done(part.name, failure=f"{DESTINATION_FAILED} ({type(error).__name__})")


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(os.fsdecode(file) for file in row["files"])
