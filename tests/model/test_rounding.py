from dataclasses import replace

import pytest
import torch
from model.folded import run_folded
from torch import Tensor

from cxr.check_films import check_films
from cxr.model.bundle import Bundle
from cxr.model.card import Preprocessing
from cxr.model.folding import FoldedConvolution, fold
from cxr.model.network import pool
from cxr.model.preprocess import to_input
from cxr.model.rounding import keep_sums
from cxr.model.trunk_parts import FIRST_LAYERS


@pytest.fixture(scope="module")
def convolutions(bundle: Bundle) -> list[FoldedConvolution]:
    return fold(bundle.network.trunk)


@pytest.fixture(scope="module")
def rounded(convolutions: list[FoldedConvolution]) -> list[Tensor]:
    return keep_sums(convolutions)


def test_every_weight_is_one_of_its_two_neighbours_in_bfloat16(
    convolutions: list[FoldedConvolution], rounded: list[Tensor]
) -> None:
    for one, weight in zip(convolutions, rounded, strict=True):
        assert torch.equal(weight, weight.bfloat16().float())
        # Two neighbours of 8 bits lie 2**-7 of their size apart at most.
        assert ((weight - one.weight).abs() <= one.weight.abs() * 2**-7).all()


def test_films_keep_their_logits_better_than_with_each_weight_at_its_nearest(
    bundle: Bundle, convolutions: list[FoldedConvolution], rounded: list[Tensor]
) -> None:
    """Weights and biases are rounded as for serving; what runs through them stays in float32."""
    films = to_input(check_films(224)[::2], Preprocessing(size=224))
    serving = [
        one if place < FIRST_LAYERS else replace(one, bias=one.bias.bfloat16().float())
        for place, one in enumerate(convolutions)
    ]
    exact = [one.weight for one in convolutions]
    nearest = [*exact[:FIRST_LAYERS], *(weight.bfloat16().float() for weight in exact[FIRST_LAYERS:])]
    sums = [*exact[:FIRST_LAYERS], *rounded[FIRST_LAYERS:]]

    expected, kept, lost = (
        bundle.network.head(pool(run_folded(layers, weights, films))).squeeze(1)
        for layers, weights in ((convolutions, exact), (serving, sums), (serving, nearest))
    )

    assert 0 < (kept - expected).square().mean() < 0.5 * (lost - expected).square().mean()


def one_filter(weight: float, bias: float) -> FoldedConvolution:
    """A filter of nine equal weights, over one channel."""
    return FoldedConvolution(
        weight=torch.full((1, 1, 3, 3), weight),
        bias=torch.tensor([bias]),
        mean=torch.zeros(1),
        deviation=torch.ones(1),
        stride=1,
        padding=1,
        groups=1,
        clipped=True,
    )


def test_a_sum_that_rounding_to_the_nearest_loses_is_kept() -> None:
    """1.003 lies next to 1 and to 1.0078: nine of them lose 0.027 where each goes to the nearest."""
    (weight,) = keep_sums([one_filter(1.003, 0)])

    assert sorted(set(weight.flatten().tolist())) == [1.0, 1.0078125]
    assert float(weight.sum()) == pytest.approx(9 * 1.003, abs=0.004)


def test_what_the_bias_loses_the_weights_make_up_for() -> None:
    bias = 3.007  # 3 in bfloat16

    (weight,) = keep_sums([one_filter(1.0, bias)])

    assert float(weight.sum()) + 3.0 == pytest.approx(9 + bias, abs=0.004)
