from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import TwoWorkers, two_workers
from made_films import png

from cxr.cluster.job import Job
from cxr.film import Population
from cxr.model.bundle import load_bundle


@pytest.fixture(scope="module")
def cluster_of_this_module() -> Iterator[TwoWorkers]:
    """A cluster for the tests of one module; idle ones would slow all later tests down to a third."""
    with two_workers() as cluster:
        yield cluster


@pytest.fixture
def cluster(cluster_of_this_module: TwoWorkers) -> TwoWorkers:
    """A cluster with both of its workers."""
    cluster_of_this_module.make_whole()
    return cluster_of_this_module


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Paths of 16 films, each unlike the others."""
    folder = tmp_path_factory.mktemp("films")
    for seed in range(16):
        (folder / f"{seed:02}.png").write_bytes(png(seed))
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture
def job(small_bundle: Path) -> Job:
    """Score with the random network, as films of children, two at a time."""
    made = load_bundle(small_bundle)
    child = Population.CHILD
    return Job(small_bundle, made.version, 2, 0.2, child, precision="float32", trusted=made.digest)
