"""A Ray cluster of real processes on this machine: a head that works nothing, and two workers of one core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wanting import missing

QUICK_TO_SEE_A_DEATH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 2,
}
OBJECTS = 100 * 1024 * 1024
TRIES = 4


class TwoWorkers:
    """The cluster, its address, and a way to kill one of its machines."""

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._workers = [self._worker(), self._worker()]

    @property
    def address(self) -> str:
        """Where to join it."""
        return str(self._cluster.address)

    def kill_one(self) -> None:
        """Kill all processes of one worker at once."""
        self._cluster.remove_node(self._workers.pop(), allow_graceful=False)

    def make_whole(self) -> None:
        """Put a new worker where one was killed."""
        while len(self._workers) < 2:
            self._workers.append(self._worker())

    def _worker(self) -> Any:
        return patiently(lambda: self._cluster.add_node(num_cpus=1, object_store_memory=OBJECTS))


def patiently(start: Callable[[], Any]) -> Any:
    """Start a part of a cluster; Ray gives it 30 s, which a busy machine may exceed."""
    for left in reversed(range(TRIES)):
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error) or not left:
                raise
    return None


@contextmanager
def two_workers() -> Iterator[TwoWorkers]:
    """Start a cluster and stop it in the end; the test is skipped where Ray is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        from ray.cluster_utils import Cluster
    except ImportError:
        missing("no Ray: pip install -e '.[ray]'")
    head = {
        "num_cpus": 0,
        "include_dashboard": False,
        "include_log_monitor": False,
        "object_store_memory": OBJECTS,
        "_system_config": QUICK_TO_SEE_A_DEATH,
    }
    cluster = patiently(lambda: Cluster(initialize_head=True, head_node_args=head))
    try:
        yield TwoWorkers(cluster)
    finally:
        import ray

        ray.shutdown()
        cluster.shutdown()
