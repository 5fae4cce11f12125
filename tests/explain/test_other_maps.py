"""Other maps, made from the engine's activation, against the `grad-cam` package with passes of its own."""

import copy
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
import torch

from cxr.explain.gradcam import grad_cam
from cxr.explain.other_maps import Method, NoMapError, other_map
from cxr.film import read_film
from cxr.model.activation import Activation
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.preprocess import resize, to_input

Array = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def film(data_dir: Path, bundle: Bundle) -> npt.NDArray[np.uint8]:
    """One pneumonia film, a batch of one."""
    path = next(path for path in sorted((data_dir / "full_size").glob("*.jpeg")) if "person" in path.name)
    return resize(read_film(path), bundle.card.preprocessing.size)[None]


@pytest.fixture(scope="module")
def activation(film: npt.NDArray[np.uint8], bundle: Bundle) -> Activation:
    return Engine(bundle.network, bundle.card.preprocessing).run(film)


@pytest.fixture(scope="module")
def child() -> ModuleType:
    """What the child process runs; imported late, since it takes seconds that other workers save."""
    return import_module("cxr.explain.other_maps_child")


def test_each_method_has_its_class_of_the_package(child: ModuleType) -> None:
    from pytorch_grad_cam import EigenCAM, GradCAMPlusPlus, HiResCAM

    assert list(child.CLASSES.values()) == [HiResCAM, GradCAMPlusPlus, EigenCAM]


@pytest.mark.parametrize("method", list(Method))
def test_a_map_equals_that_of_the_package_with_a_backward_pass(
    method: Method, film: npt.NDArray[np.uint8], activation: Activation, bundle: Bundle, child: ModuleType
) -> None:
    network, batch = copy.deepcopy(bundle.network), to_input(film, bundle.card.preprocessing)
    layer = network.trunk[-1].requires_grad_(True)
    with child.CLASSES[method](network, [layer]) as package:
        package(batch, [torch.sum])
        kept = package.activations_and_grads
        # EigenCAM takes none, and the package computes none for it.
        gradients = kept.gradients[0].numpy() if kept.gradients else None
        made = package.get_cam_image(batch, layer, [torch.sum], kept.activations[0].numpy(), gradients, False)
    expected = np.maximum(made[0], 0)

    ours = child.compute(method, activation.maps[0], activation.gradient[0])

    assert ours.shape == (14, 14) and ours.max() == pytest.approx(1) and ours.min() >= 0
    np.testing.assert_allclose(ours, expected / expected.max(), atol=1e-3)


def test_hirescam_is_the_standard_map_of_this_network(activation: Activation, child: ModuleType) -> None:
    (standard,) = grad_cam(activation)

    hires = child.compute(Method.HIRESCAM, activation.maps[0], activation.gradient[0])

    np.testing.assert_allclose(hires, standard / standard.max(), atol=1e-4)


def test_the_child_process_gives_the_map_and_the_time(activation: Activation, child: ModuleType) -> None:
    started = time.perf_counter()
    made = other_map(activation, Method.EIGENCAM, started)

    expected = child.compute(Method.EIGENCAM, activation.maps[0], activation.gradient[0])
    np.testing.assert_allclose(made.heat.values, expected, atol=1e-4)
    assert made.heat.shown and 0 < made.seconds <= time.perf_counter() - started


def test_a_child_that_fails_gives_an_error_and_no_map(
    activation: Activation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))

    with pytest.raises(NoMapError):
        other_map(activation, Method.EIGENCAM, 0.0)
