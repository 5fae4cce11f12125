import numpy as np
import torch
from made_films import grey_levels
from synthetic_films import scale_to_films

from cxr.explain.gradcam import grad_cam
from cxr.model.card import Preprocessing
from cxr.model.engine import TorchEngine
from cxr.model.network import CxrNet
from cxr.model.preprocess import standardise, to_batch
from cxr.train.focus import logits_and_cam, lung_field, share_outside

SQUASHED = grey_levels(4)
BATCH = standardise(to_batch(SQUASHED), 3.0)


def network() -> CxrNet:
    torch.manual_seed(0)
    made = CxrNet(hidden=16)
    scale_to_films(made, BATCH)
    return made.eval()


def test_the_map_that_is_trained_is_the_map_that_is_served() -> None:
    made = network()
    logits, cam = logits_and_cam(made, BATCH)
    served = TorchEngine(made, Preprocessing(size=224, clip=3.0)).run(SQUASHED)
    np.testing.assert_allclose(logits.detach(), served.logits, atol=1e-5)
    cells = cam.shape[1] * cam.shape[2]
    expected = grad_cam(served) * cells
    np.testing.assert_allclose(cam.detach(), expected, atol=1e-4 * expected.max())


def test_the_share_outside_teaches_trunk_and_head() -> None:
    made = network()
    _, cam = logits_and_cam(made, BATCH)
    share_outside(cam, lung_field(224).expand(4, 1, -1, -1), torch.ones(4)).backward()
    for part in (made.trunk[0][0].weight, made.head[0].weight):
        assert part.grad is not None
        assert part.grad.abs().sum() > 0


def test_heat_within_the_field_costs_nothing_and_heat_outside_all() -> None:
    field = torch.zeros(2, 1, 28, 28)
    field[:, :, :, :14] = 1
    inside, outside = torch.zeros(2, 14, 14), torch.zeros(2, 14, 14)
    inside[:, 3, 2] = 5
    outside[:, 3, 12] = 5
    assert share_outside(inside, field, torch.ones(2)) == 0
    assert share_outside(outside, field, torch.ones(2)) == 1
    assert share_outside(inside + outside, field, torch.ones(2)) == 0.5


def test_only_positive_films_count_and_none_costs_nothing() -> None:
    field = torch.zeros(2, 1, 28, 28)
    cam = torch.ones(2, 14, 14)
    cam[1] = 0
    assert share_outside(cam, field, torch.tensor([1.0, 0.0])) == 1
    assert share_outside(cam, field, torch.tensor([0.0, 1.0])) == 0
    assert share_outside(cam, field, torch.zeros(2)) == 0


def test_the_field_leaves_out_edges_and_corners_and_keeps_the_middle() -> None:
    field = lung_field(224)
    assert field[112, 112] == field[112, 30] == field[40, 112] == 1
    assert field[0].sum() == field[-1].sum() == field[:, 0].sum() == field[:, -1].sum() == 0
    assert field[20, 20] == field[203, 203] == 0
