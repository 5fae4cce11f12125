import math

import numpy as np
import pytest
import torch
from lab.train.synthetic_films import labelled
from made_films import grey_level, scale_to_films

from cxr.evidence.label import Label
from cxr.explain.gradcam import grad_cam
from cxr.lab.train.focus import LEAST_SHARE, box_maps, heat_fields, misplaced_heat, run
from cxr.lab.train.lungs import SIDE
from cxr.model.card import Preprocessing
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input

SIZE = 96
SQUASHED = np.stack([grey_level(seed, SIZE, SIZE) for seed in range(4)])
PREPROCESSING = Preprocessing(size=SIZE, slope_limit=4.0)
BATCH = to_input(SQUASHED, PREPROCESSING)
LEFT_HALF = torch.zeros(2, 14, 14)
LEFT_HALF[:, :, :7] = 1


def network() -> CxrNet:
    torch.manual_seed(0)
    made = CxrNet(hidden=16, lungs=True)
    scale_to_films(made, BATCH)
    return made.eval()


def heat_in(*columns: int) -> torch.Tensor:
    """Two equal maps with as much heat in each of some columns."""
    cam = torch.zeros(2, 14, 14)
    cam[:, 3, columns] = 5
    return cam


def test_the_map_that_is_trained_is_the_map_that_is_served() -> None:
    made = network()
    outputs = run(made, BATCH)
    logits, cam = outputs.logits, outputs.cam
    served = Engine(made, PREPROCESSING).run(SQUASHED)
    np.testing.assert_allclose(logits.detach(), served.logits, atol=1e-5)
    cells = cam.shape[1] * cam.shape[2]
    expected = grad_cam(served) * cells
    np.testing.assert_allclose(cam.detach(), expected, atol=1e-4 * expected.max())


def test_misplaced_heat_teaches_trunk_and_head() -> None:
    made = network()
    cam = run(made, BATCH).cam
    field = torch.zeros_like(cam)
    field[:, :3] = 1
    misplaced_heat(cam, field, torch.ones(4)).backward()
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
    field = torch.zeros(2, 14, 14)
    field[:, 3, 2] = 0.75
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


def test_boxes_are_drawn_where_they_lie_whatever_the_shape_of_the_film() -> None:
    boxed = labelled(0, Label.PNEUMONIA, size=(400, 200), boxes=((100, 50, 200, 100), (375, 175, 25, 25)))
    boxes, none = box_maps([boxed, labelled(1)])
    expected = torch.zeros(SIDE, SIDE)
    expected[28:84, 28:84] = 1
    expected[98:, 105:] = 1
    assert torch.equal(boxes[0], expected)
    assert none.sum() == 0


def test_heat_belongs_into_boxes_or_outlined_lungs_or_lungs_that_the_network_predicts() -> None:
    boxes, outlines = torch.zeros(3, 1, SIDE, SIDE), torch.zeros(3, 2, SIDE, SIDE)
    boxes[0, :, :, : SIDE // 2] = 1
    outlines[1, 0, : SIDE // 2] = 1
    outlines[1, 1] = 1
    predicted = torch.full((3, 1, 14, 14), -20.0)
    predicted[:, :, 7:] = 20
    boxed, outlined, neither = heat_fields(boxes, outlines, predicted)
    assert boxed[:, :7].min() == 1 and boxed[:, 7:].max() == 0
    assert outlined[:7].min() == 1 and outlined[7:].max() == 0
    assert neither[:7].max() < 1e-6 and neither[7:].min() > 1 - 1e-6
