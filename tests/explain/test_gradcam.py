import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr.explain.gradcam import grad_cam, heat_map
from cxr.film import read_film
from cxr.model.activation import Activation
from cxr.model.bundle import Bundle
from cxr.model.card import HeatScale
from cxr.model.engine import Engine
from cxr.model.network import AnnHead, CxrNet
from cxr.model.preprocess import resize, to_input
from cxr.model.trunk import TRUNK_CHANNELS

SCALE = HeatScale(full=0.2, contour=0.5)
Array = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def films(data_dir: Path, bundle: Bundle) -> npt.NDArray[np.uint8]:
    """Sixteen films as they left the hospital, resized."""
    paths = sorted((data_dir / "full_size").glob("*.jpeg"))[::2]
    assert len(paths) == 16
    return np.stack([resize(read_film(path), bundle.card.preprocessing.size) for path in paths])


@pytest.fixture(scope="module")
def trained(films: npt.NDArray[np.uint8], bundle: Bundle) -> Activation:
    return Engine(bundle.network, bundle.card.preprocessing).run(films)


def activation(maps: Array, gradient: Array) -> Activation:
    return Activation(maps, maps.mean(axis=(2, 3)), np.zeros(len(maps), dtype=np.float32), gradient)


def random_activation(films: int, seed: int = 0) -> Activation:
    generator = np.random.default_rng(seed)
    maps = generator.random((films, 7, 3, 5)).astype(np.float32)
    return activation(maps, generator.normal(size=(films, 7)).astype(np.float32))


def grad_cams_of_the_package(network: CxrNet, batch: torch.Tensor) -> Array:
    """What `grad-cam` computes on the last activation, before it rescales each map to its own maximum."""
    from pytorch_grad_cam import GradCAM

    network = copy.deepcopy(network)
    layer = network.trunk[-1].requires_grad_(True)
    targets = [torch.sum] * len(batch)
    with GradCAM(model=network, target_layers=[layer]) as package:
        package(batch, targets)
        maps, gradients = (
            kept[0].numpy()
            for kept in (package.activations_and_grads.activations, package.activations_and_grads.gradients)
        )
        cams: Array = np.maximum(package.get_cam_image(batch, layer, targets, maps, gradients), 0)
    return cams


def correlations(ours: Array, others: Array) -> Array:
    """Pearson's r of each pair of maps, 0 where one of them is flat."""
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = zip(ours.reshape(len(ours), -1), others.reshape(len(others), -1), strict=True)
        return np.nan_to_num([np.corrcoef(one, other)[0, 1] for one, other in pairs])


def test_maps_equal_those_of_the_grad_cam_package(
    bundle: Bundle, films: npt.NDArray[np.uint8], trained: Activation
) -> None:
    batch = to_input(films, bundle.card.preprocessing)
    expected = grad_cams_of_the_package(bundle.network, batch)

    ours = grad_cam(trained)

    assert ours.shape == expected.shape == (16, 14, 14)
    peaks = expected.max(axis=(1, 2))
    assert (peaks > 0).sum() >= 8
    assert (np.abs(ours - expected).max(axis=(1, 2)) <= 1e-4 * peaks).all()


def test_a_map_depends_on_what_the_head_has_learned(bundle: Bundle, trained: Activation) -> None:
    """Adebayo et al.: Sanity Checks for Saliency Maps (2018), model parameter randomisation."""
    found = []
    for seed in range(5):
        torch.manual_seed(seed)
        head = AnnHead(TRUNK_CHANNELS, bundle.network.hidden, dropout=0.0)
        pooled = torch.tensor(trained.pooled, requires_grad=True)
        (gradient,) = torch.autograd.grad(head(pooled).sum(), pooled)
        randomised = replace(trained, gradient=gradient.numpy())
        found.append(correlations(grad_cam(trained), grad_cam(randomised)))

    assert np.mean(found) < 0.5


def test_a_map_depends_on_what_the_trunk_has_learned(
    bundle: Bundle, films: npt.NDArray[np.uint8], trained: Activation
) -> None:
    torch.manual_seed(0)
    network = copy.deepcopy(bundle.network)
    network.trunk = CxrNet().eval().trunk
    randomised = Engine(network, bundle.card.preprocessing).run(films[:8])

    assert np.mean(correlations(grad_cam(trained)[:8], grad_cam(randomised))) < 0.5


def test_a_map_is_the_sum_of_its_channels_weighted_by_the_gradient() -> None:
    maps = np.zeros((1, 2, 2, 2), dtype=np.float32)
    maps[0, 0] = [[4, 0], [8, 0]]
    maps[0, 1] = [[0, 4], [4, 0]]

    cams = grad_cam(activation(maps, np.array([[1, -1]], dtype=np.float32)))

    np.testing.assert_allclose(cams, [[[1, 0], [1, 0]]])


def test_cells_that_speak_for_pneumonia_add_up_to_what_the_features_add_to_the_logit() -> None:
    found = random_activation(films=3)
    only_for = activation(found.maps, np.abs(found.gradient))

    cams = grad_cam(only_for)

    np.testing.assert_allclose(
        cams.sum(axis=(1, 2)), (only_for.gradient * only_for.pooled).sum(axis=1), rtol=1e-5
    )


def test_a_map_is_the_same_whatever_else_is_in_the_batch() -> None:
    mild = random_activation(films=1)
    fierce = random_activation(films=1, seed=1)
    both = activation(
        np.concatenate([mild.maps, 100 * fierce.maps]), np.concatenate([mild.gradient, 100 * fierce.gradient])
    )

    alone, among = grad_cam(mild)[0], grad_cam(both)[0]

    np.testing.assert_allclose(among, alone, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        heat_map(among, SCALE, shown=True).values, heat_map(alone, SCALE, shown=True).values, rtol=1e-5
    )


@settings(deadline=None)
@given(st.lists(st.floats(0, 10, width=32), min_size=4, max_size=4))
def test_all_maps_have_one_scale(cells: list[float]) -> None:
    cam = np.array(cells, dtype=np.float32).reshape(2, 2)

    values = heat_map(cam, SCALE, shown=True).values

    for heat, cell in zip(values.ravel(), cells, strict=True):
        assert heat == pytest.approx(min(cell / 0.2, 1), rel=1e-5)


def test_a_weak_map_stays_weak() -> None:
    weak = heat_map(np.full((2, 2), 0.02, dtype=np.float32), SCALE, shown=True)

    assert weak.values.max() == pytest.approx(0.1)


def test_a_map_cannot_be_changed_and_knows_its_contour() -> None:
    heat = heat_map(np.ones((2, 2), dtype=np.float32), SCALE, shown=False)

    assert (heat.contour, heat.shown) == (0.5, False)
    with pytest.raises(ValueError, match="read-only"):
        heat.values[0, 0] = 0
