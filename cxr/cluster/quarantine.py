"""Films that kill the process which scores them: a decoder's fault, or more memory than there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cxr.cluster.job import Job
from cxr.cluster.places import fetch_all
from cxr.film import FilmError


def deadly_among(job: Job, files: Sequence[str]) -> set[str]:
    """Score each file in a process of its own, twice if need be, and return those that none survives."""
    import ray
    from ray.exceptions import OutOfMemoryError, WorkerCrashedError

    # A process that is used once: the next film does not pay for this one.
    trial: Any = ray.remote(num_cpus=1, max_retries=1, max_calls=1)(_score_alone)
    asked = [(file, trial.remote(job, file)) for file in files]
    deadly = set()
    for file, answer in asked:
        try:
            ray.get(answer)
        except (WorkerCrashedError, OutOfMemoryError):
            deadly.add(file)
        except Exception:
            continue  # what a process can tell of itself is told where the film is scored
    return deadly


def _score_alone(job: Job, file: str) -> None:
    (content,) = fetch_all([file])
    if not isinstance(content, FilmError):
        # One film is not worth a choice of the numbers.
        exact = replace(job, precision="float32")
        list(exact.screener().screen([(content, job.stated)]))
