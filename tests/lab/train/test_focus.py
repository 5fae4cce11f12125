import math

import numpy as np
import pytest
import torch
from lab.train.synthetic_films import labelled, scale_to_films
from made_films import grey_level

from cxr.evidence.label import Label
from cxr.explain.gradcam import grad_cam
from cxr.lab.train.focus import LEAST_SHARE, heat_fields, logits_and_cam, lung_field, misplaced_heat
from cxr.lab.train.style import StyleMixing
from cxr.model.card import Preprocessing
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input

SIZE = 96
SQUASHED = np.stack([grey_level(seed, SIZE, SIZE) for seed in range(4)])
PREPROCESSING = Preprocessing(size=SIZE, slope_limit=4.0)
BATCH = to_input(SQUASHED, PREPROCESSING)
LEFT_HALF = torch.zeros(2, 1, 28, 28)
LEFT_HALF[:, :, :, :14] = 1


def network() -> CxrNet:
    torch.manual_seed(0)
    made = CxrNet(hidden=16)
    scale_to_films(made, BATCH)
    return made.eval()


def heat_in(*columns: int) -> torch.Tensor:
    """Two equal maps with as much heat in each of some columns."""
    cam = torch.zeros(2, 14, 14)
    cam[:, 3, columns] = 5
    return cam


def test_the_map_that_is_trained_is_the_map_that_is_served() -> None:
    made = network()
    logits, cam = logits_and_cam(made, BATCH)
    served = Engine(made, PREPROCESSING).run(SQUASHED)
    np.testing.assert_allclose(logits.detach(), served.logits, atol=1e-5)
    cells = cam.shape[1] * cam.shape[2]
    expected = grad_cam(served) * cells
    np.testing.assert_allclose(cam.detach(), expected, atol=1e-4 * expected.max())


def test_logits_and_map_follow_the_mixed_styles_and_only_those() -> None:
    made = network()
    generator = torch.Generator().manual_seed(0)
    alone = logits_and_cam(made, BATCH)
    unmixed = logits_and_cam(made, BATCH, StyleMixing(0.0, 4, generator))
    mixed = logits_and_cam(made, BATCH, StyleMixing(1.0, 4, generator))
    for before, same, other in zip(alone, unmixed, mixed, strict=True):
        assert torch.equal(before, same)
        assert not torch.allclose(before, other)


def test_misplaced_heat_teaches_trunk_and_head() -> None:
    made = network()
    _, cam = logits_and_cam(made, BATCH)
    misplaced_heat(cam, lung_field(SIZE).expand(4, 1, -1, -1), torch.ones(4)).backward()
    for part in (made.trunk[0][0].weight, made.head[0].weight):
        assert part.grad is not None
        assert part.grad.abs().sum() > 0


def test_heat_within_the_field_costs_nothing_and_heat_outside_most() -> None:
    within, half, outside = (
        misplaced_heat(heat, LEFT_HALF, torch.ones(2)).item()
        for heat in (heat_in(2), heat_in(2, 12), heat_in(12))
    )
    assert within == pytest.approx(0, abs=1e-6)
    assert half == pytest.approx(-math.log(0.5 * (1 - LEAST_SHARE) + LEAST_SHARE), rel=1e-5)
    assert outside == pytest.approx(-math.log(LEAST_SHARE), rel=1e-5)


def test_the_cost_is_one_of_shares_and_not_of_how_much_heat_there_is() -> None:
    weak = misplaced_heat(0.01 * heat_in(2, 12), LEFT_HALF, torch.ones(2))
    assert weak.item() == pytest.approx(
        misplaced_heat(heat_in(2, 12), LEFT_HALF, torch.ones(2)).item(), rel=1e-4
    )


def test_a_cell_on_the_edge_of_the_field_is_allowed_as_much_as_lies_within() -> None:
    field = torch.zeros(2, 1, 28, 28)
    # Three of the four pixels of a cell.
    field[:, :, 6:8, 4:6] = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    assert misplaced_heat(heat_in(2), field, torch.ones(2)).item() == pytest.approx(
        -math.log(0.75 * (1 - LEAST_SHARE) + LEAST_SHARE), rel=1e-5
    )


def test_films_that_do_not_count_or_have_no_heat_cost_nothing() -> None:
    cam = heat_in(12)
    cam[1] = 0
    cam.requires_grad_(True)
    most = misplaced_heat(cam, LEFT_HALF, torch.tensor([1.0, 0.0]))
    assert misplaced_heat(cam, LEFT_HALF, torch.zeros(2)) == 0
    assert misplaced_heat(cam, LEFT_HALF, torch.tensor([0.0, 1.0])) == 0
    # The mean is over those that cost, and what has no heat has no gradient that is no number.
    both = misplaced_heat(cam, LEFT_HALF, torch.ones(2))
    assert both == most
    (gradient,) = torch.autograd.grad(both, cam)
    assert gradient.isfinite().all() and (gradient[1] == 0).all()


def test_a_step_down_the_gradient_moves_heat_into_the_field() -> None:
    cam = heat_in(2, 12).requires_grad_(True)
    (gradient,) = torch.autograd.grad(misplaced_heat(cam, LEFT_HALF, torch.ones(2)), cam)
    assert (gradient[:, 3, 2] < 0).all() and (gradient[:, 3, 12] > 0).all()


def test_the_field_leaves_out_edges_and_corners_and_keeps_the_middle() -> None:
    field = lung_field(224)
    assert field[112, 112] == field[112, 30] == field[40, 112] == 1
    assert field[0].sum() == field[-1].sum() == field[:, 0].sum() == field[:, -1].sum() == 0
    assert field[20, 20] == field[203, 203] == 0


def test_heat_belongs_into_the_boxes_where_there_are_some_and_else_into_the_lungs() -> None:
    boxed = labelled(0, Label.PNEUMONIA, size=(400, 200), boxes=((100, 50, 200, 100), (375, 175, 25, 25)))
    boxes, lungs = heat_fields([boxed, labelled(1)], 64)
    expected = torch.zeros(64, 64)
    # A quarter to three quarters of either side, whatever the film's shape, and a corner.
    expected[16:48, 16:48] = 1
    expected[56:, 60:] = 1
    assert torch.equal(boxes[0], expected)
    assert torch.equal(lungs[0], lung_field(64))
