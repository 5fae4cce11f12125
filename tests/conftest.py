import faulthandler
import functools
import hashlib
import logging
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from empty_worklist import empty_database
from film.decoding import decoding_by
from made_films import grey_levels, made_card, made_quality_head, shown_films
from waiting import HANGING
from wanting import missing

from cxr.film.decoding_pool import Limits
from cxr.model import openvino_trunk
from cxr.model.bundle import Bundle, load_bundle, save_bundle
from cxr.model.film_by_film import Shape
from cxr.model.network import CxrNet
from cxr.model.released import digest_in
from cxr.screening import Screener
from cxr.settings import Settings
from cxr.worklist.worklist import Worklist

REPOSITORY = Path(__file__).resolve().parents[1]
# Tests here talk to browsers, PACS and other processes on a machine that may be busy: what fails is tried
# once more, and the summary lists it as RERUN. So is any test that hung.
WITH_OTHER_PROCESSES = ("cluster", "pacs", "ui")
HUNG = "This step of the test hung"
TERMINAL = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    # Nothing is captured yet.
    config.stash[TERMINAL] = os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2)


def _end_what_hangs(item: pytest.Item) -> Generator[None, object, object]:
    """Let a step of a test that hangs fail, and end this process where no signal reaches it, as in C code.

    Each time with the stacks of all threads. pytest's own `faulthandler_timeout` no longer counts once a test
    has failed: not while its fixtures end, nor when it is tried once more.
    """
    terminal = item.config.stash[TERMINAL]

    def fail(*_: object) -> None:
        faulthandler.dump_traceback(terminal)
        pytest.fail(f"{HUNG} for {HANGING:g} s")

    signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, HANGING)
    faulthandler.dump_traceback_later(2 * HANGING, file=terminal, exit=True)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


pytest_runtest_setup = pytest.hookimpl(wrapper=True, tryfirst=True)(_end_what_hangs)
pytest_runtest_call = pytest_runtest_teardown = pytest_runtest_setup


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files marked as long: what is left over for the last worker is short then."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        only = None if item.path.parent.name in WITH_OTHER_PROCESSES else HUNG
        item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=only))


@pytest.fixture(autouse=True)
def _no_log_of_a_test_before() -> None:
    """Remove log handlers of commands of earlier tests, whose stream was closed with the command."""
    for handler in logging.root.handlers[:]:
        if getattr(getattr(handler, "stream", None), "closed", False):
            logging.root.removeHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def _threads() -> None:
    torch.set_num_threads(2)


@pytest.fixture(scope="session", autouse=True)
def _networks_converted_once() -> Iterator[None]:
    """Convert a network to OpenVINO's graph once, in whichever test first wants it: each time takes seconds.

    A graph is what its network's layers, weights and films make it, and compiling leaves it as it is. Layers
    of a test's own may have what is seen in none of these: they are converted each time.
    """
    graphs: dict[str, Any] = {}

    @functools.wraps(convert := openvino_trunk._convert)
    def converted(trunk: torch.nn.Module, shape: Shape) -> Any:
        if not all(type(layer).__module__.startswith(("torch.nn.", "cxr.")) for layer in trunk.modules()):
            return convert(trunk, shape)
        network = hashlib.sha256(f"{trunk} {shape}".encode())
        for weights in trunk.state_dict().values():
            network.update(weights.numpy().tobytes())
        if (key := network.hexdigest()) not in graphs:
            graphs[key] = convert(trunk, shape)
        return graphs[key]

    with pytest.MonkeyPatch.context() as session:
        session.setattr(openvino_trunk, "_convert", converted)
        yield


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The films of `shared/data`, or the folder that `CXR_DATA` names."""
    folder = Path(os.environ.get("CXR_DATA") or REPOSITORY.parent / "shared" / "data")
    for name in ("labels.csv", "kermany", "full_size"):
        if not (folder / name).exists():
            missing(f"no films: {folder / name} is missing (set CXR_DATA)")
    return folder


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The bundle that is shipped."""
    settings = Settings()
    return load_bundle(settings.models / settings.bundle)


@pytest.fixture(scope="session")
def screener(bundle: Bundle) -> Screener:
    """The shipped bundle at work."""
    return Screener(bundle)


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a bundle with random weights, for children; the settings trust it, and no changed copy."""
    torch.manual_seed(0)
    card = made_card(name="small")
    network = shown_films(CxrNet(hidden=16), grey_levels(8), card.preprocessing)
    folder = tmp_path_factory.mktemp("models") / "small"
    save_bundle(folder, network, made_quality_head(), card)
    with pytest.MonkeyPatch.context() as session:
        session.setenv("CXR_BUNDLE_DIGEST", digest_in(folder))
        yield folder


@pytest.fixture(scope="session")
def small_screener(small_bundle: Path) -> Screener:
    """The random network at work, four films a batch."""
    return Screener(load_bundle(small_bundle), batch_size=4, threads=2)


@pytest.fixture
def bundle_set(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small bundle, which the settings name."""
    monkeypatch.setenv("CXR_MODELS", str(small_bundle.parent))
    monkeypatch.setenv("CXR_BUNDLE", small_bundle.name)
    return small_bundle


@pytest.fixture
def worklist_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name the worklist of this folder."""
    monkeypatch.setenv("CXR_DATABASE", empty_database(tmp_path))
    monkeypatch.setenv("CXR_FILMS", str(tmp_path / "films"))


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """An empty worklist in a folder of its own."""
    return Worklist(empty_database(tmp_path), tmp_path / "films")


@pytest.fixture
def bad_decoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children that decode films of some sizes badly (see `film/bad_decoder`), within 4 s and 400 MB."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "film" / "bad_decoder"))
    with decoding_by(Limits(seconds=4, memory_mb=400)):
        yield
