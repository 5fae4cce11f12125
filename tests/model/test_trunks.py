"""The compiled trunks compared with the network's own, on films and through the whole engine."""

import inspect
import os
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from made_films import grey_levels, shown_films
from waiting import PATIENCE
from wanting import missing

from cxr.explain.gradcam import grad_cam
from cxr.model import openvino_trunk
from cxr.model.activation import Activation
from cxr.model.bundle import Bundle, network_for
from cxr.model.card import TrunkName
from cxr.model.engine import Engine
from cxr.model.engines import make_engine, may_use_bfloat16
from cxr.model.identity import EngineIdentity, Library
from cxr.model.network import CxrNet
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision

FILMS = grey_levels(9)
TRUNKS: tuple[TrunkName, ...] = ("mobilenet_v2", "efficientnet_lite0")


@pytest.fixture(params=list(Library))
def library(request: pytest.FixtureRequest) -> Library:
    chosen = Library(request.param)
    if chosen is Library.OPENVINO and not openvino_is_installed():
        missing("OpenVINO is not installed (the extra 'openvino')")
    if chosen is Library.TORCH and torch.cuda.is_available():
        pytest.skip("torch computes on the GPU here")
    return chosen


@pytest.fixture(params=list(Precision))
def precision(request: pytest.FixtureRequest, library: Library) -> Precision:
    if request.param is Precision.BFLOAT16 and not may_use_bfloat16(library):
        pytest.skip("this processor has no units for bfloat16")
    return Precision(request.param)


@pytest.fixture(scope="module")
def expected(bundle: Bundle) -> Activation:
    return Engine(bundle.network, bundle.card.preprocessing).run(FILMS)


@pytest.fixture(scope="module", params=TRUNKS)
def any_bundle(request: pytest.FixtureRequest, bundle: Bundle) -> Bundle:
    """The shipped bundle with each trunk, of random weights whose batch norms have seen films."""
    torch.manual_seed(3)
    network = CxrNet(hidden=16, trunks=(request.param,))
    return replace(bundle, network=shown_films(network, FILMS, bundle.card.preprocessing))


def test_the_shipped_network_gets_the_same_logits_maps_and_gradients(
    bundle: Bundle, library: Library, expected: Activation
) -> None:
    found = make_engine(bundle, library).run(FILMS)

    np.testing.assert_allclose(found.logits, expected.logits, atol=2e-5)
    np.testing.assert_allclose(found.maps, expected.maps, atol=5e-4)
    np.testing.assert_allclose(found.gradient, expected.gradient, atol=1e-4)
    np.testing.assert_allclose(grad_cam(found), grad_cam(expected), atol=1e-5)
    assert np.ptp(expected.logits) > 0.1


def test_any_trunk_gets_the_same_logits_and_maps(any_bundle: Bundle, library: Library) -> None:
    expected = Engine(any_bundle.network, any_bundle.card.preprocessing).run(FILMS)

    found = make_engine(any_bundle, library).run(FILMS)

    np.testing.assert_allclose(found.maps, expected.maps, atol=1e-3)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-4)
    assert found.maps.shape == (9, 1280, 14, 14) and np.ptp(expected.logits) > 1e-3


def test_a_module_of_other_layers_needs_no_code_of_its_own(bundle: Bundle, library: Library) -> None:
    """Squeeze-and-excitation, SiLU and a concatenation, none of which the shipped trunk has."""

    class Other(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = torch.nn.Conv2d(1, 8, 5, stride=16, padding=2)
            self.squeeze = torch.nn.Sequential(
                torch.nn.AdaptiveAvgPool2d(1), torch.nn.Conv2d(8, 8, 1), torch.nn.Sigmoid()
            )
            self.last = torch.nn.Conv2d(16, 1280, 1)

        def forward(self, films: torch.Tensor) -> torch.Tensor:
            stem = torch.nn.functional.silu(self.stem(films))
            maps: torch.Tensor = self.last(torch.cat([stem, stem * self.squeeze(stem)], dim=1))
            return maps

    torch.manual_seed(5)
    network = network_for(bundle.card.architecture)
    network.trunk = Other()
    other = replace(bundle, network=network.eval().requires_grad_(False))
    expected = Engine(network, bundle.card.preprocessing).run(FILMS)

    np.testing.assert_allclose(make_engine(other, library).run(FILMS).maps, expected.maps, atol=1e-4)


def test_the_engine_says_what_it_is(bundle: Bundle, library: Library, precision: Precision) -> None:
    identity = make_engine(bundle, library, precision).identity

    assert identity.library is library and identity.precision is precision and not identity.gpu
    assert str(identity).startswith(("PyTorch 2.", "OpenVINO 20")) and str(identity).endswith(
        f", {precision}"
    )


def test_an_identity_is_one_line() -> None:
    identity = EngineIdentity(Library.OPENVINO, "2026.4.1", Precision.FLOAT32)

    assert str(identity) == "OpenVINO 2026.4.1, float32"
    assert str(replace(identity, library=Library.TORCH, version="2.12.1", gpu=True)) == (
        "PyTorch 2.12.1, float32, GPU"
    )


def test_bfloat16_is_never_emulated(bundle: Bundle, library: Library) -> None:
    if may_use_bfloat16(library):
        pytest.skip("this processor has units for bfloat16")

    with pytest.raises(ValueError, match=r"does not compute bfloat16 in hardware .* use float32"):
        make_engine(bundle, library, Precision.BFLOAT16)


def test_in_bfloat16_logits_stay_near_and_are_not_the_same(
    bundle: Bundle, library: Library, expected: Activation
) -> None:
    if not may_use_bfloat16(library):
        pytest.skip("this processor has no units for bfloat16")

    found = make_engine(bundle, library, Precision.BFLOAT16).run(FILMS)

    assert 0 < np.abs(found.logits - expected.logits).max() < 0.5


def test_a_film_gets_the_same_bits_alone_among_others_on_one_core_and_at_the_next_start(
    bundle: Bundle, library: Library, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each start converts the network, which other tests share once converted.
    monkeypatch.setattr(openvino_trunk, "_convert", inspect.unwrap(openvino_trunk._convert))
    engine = make_engine(bundle, library, precision, threads=2)
    started_again = make_engine(bundle, library, precision, threads=2)

    together = engine.run(FILMS, 2)
    alone = [engine.run(FILMS[place : place + 1], 2) for place in range(len(FILMS))]

    np.testing.assert_array_equal(np.concatenate([one.maps for one in alone]), together.maps)
    np.testing.assert_array_equal(engine.run(FILMS, 1).maps, together.maps)
    np.testing.assert_array_equal(started_again.run(FILMS, 2).maps, together.maps)


def test_threads_that_share_an_engine_get_their_own_films(bundle: Bundle, library: Library) -> None:
    engine = make_engine(bundle, library, threads=2)
    expected = engine.run(FILMS).logits
    found: dict[int, npt.NDArray[np.float32]] = {}

    def run(place: int) -> None:
        found[place] = np.concatenate([engine.run(FILMS[place::3], 1).logits for _ in range(3)])

    threads = [threading.Thread(target=run, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    for place in range(3):
        np.testing.assert_allclose(found[place], np.tile(expected[place::3], 3), atol=1e-5)


def test_the_maps_are_channels_last_and_belong_to_the_caller(bundle: Bundle, library: Library) -> None:
    """The memory of a request of OpenVINO is overwritten by its next film."""
    engine = make_engine(bundle, library)
    first = engine.run(FILMS[:1])
    kept = first.maps.copy()
    engine.run(FILMS[2:3])

    np.testing.assert_array_equal(first.maps, kept)
    assert first.maps.strides[1] == first.maps.itemsize


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not list threads")
def test_no_thread_is_kept_on_one_core(bundle: Bundle, library: Library) -> None:
    """Pinned, several processes of one thread each would all compute on the first core."""
    engine = make_engine(bundle, library, threads=1)
    engine.run(FILMS, 1)  # compiling keeps a thread on a core while it lasts
    computing = threading.Thread(target=lambda: [engine.run(FILMS, 1) for _ in range(3)])
    seen = set()

    computing.start()
    while computing.is_alive():
        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended
                seen.add(frozenset(os.sched_getaffinity(int(thread.name))))

    assert seen == {frozenset(os.sched_getaffinity(0))}
