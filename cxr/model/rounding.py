"""Weights in bfloat16 that keep what each filter answers on average.

Rounded one by one to the 8 bits of bfloat16, the weights of a filter lose or gain together: neighbouring
pixels of a film are almost alike, so that a filter answers with about the sum of its weights, and an error of
that sum goes through to the logit. Here some weights are rounded to the other side, so that the sum, each
weight times its channel's mean, stays. The means are those that the batch norms remember, as in data-free
quantisation (Nagel et al.: Data-Free Quantization Through Weight Equalization and Bias Correction, 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from cxr.model.folding import FoldedConvolution

MOST_CHANGED = 64
"""Weights of a filter that may be rounded to the other side; the sum is met long before."""
CLIP = 6.0


def keep_sums(convolutions: Sequence[FoldedConvolution]) -> list[Tensor]:
    """Round the weights of a folded trunk to bfloat16, as float32 tensors, one a convolution."""
    means = _input_means(convolutions)
    return [_rounded(one, mean) for one, mean in zip(convolutions, means, strict=True)]


def _rounded(convolution: FoldedConvolution, input_mean: Tensor) -> Tensor:
    weight = convolution.weight.reshape(len(convolution.weight), -1)
    taps = weight.shape[1]
    # Every filter of a depthwise convolution sees one channel, of the others each sees them all.
    depthwise = convolution.groups > 1
    means = input_mean[:, None] if depthwise else input_mean.repeat_interleave(taps // len(input_mean))
    means = means.expand_as(weight).double()
    nearest = weight.bfloat16()
    bits = nearest.view(torch.int16)
    to_zero = nearest.abs() > weight.abs()
    other = torch.where(to_zero, bits - 1, bits + 1).view(torch.bfloat16).double()
    rounded, exact = nearest.double(), weight.double()
    wrong = ((rounded - exact) * means).sum(1)
    wrong += convolution.bias.bfloat16().double() - convolution.bias.double()
    change = (other - rounded) * means
    # First those that lie about in the middle between their two neighbours: they lose least.
    order = (((other - exact).abs() - (rounded - exact).abs()) * means.abs()).argsort(dim=1)
    for rank in range(min(taps, MOST_CHANGED)):
        place = order[:, rank : rank + 1]
        after = wrong + change.gather(1, place).squeeze(1)
        better = after.abs() < wrong.abs()
        wrong = torch.where(better, after, wrong)
        chosen = torch.where(better[:, None], other.gather(1, place), rounded.gather(1, place))
        rounded = rounded.scatter(1, place, chosen)
    return rounded.float().reshape(convolution.weight.shape)


def _input_means(convolutions: Sequence[FoldedConvolution]) -> list[Tensor]:
    """Mean of each input channel of each convolution; of the film itself 1, for it is rounded by its sum."""
    means = [torch.ones(convolutions[0].channels)]
    kept = means[0]
    for convolution in convolutions[:-1]:
        if convolution.opens:
            kept = means[-1]
        mean = _clipped_mean(convolution) if convolution.clipped else convolution.mean
        means.append(mean + kept if convolution.closes else mean)
    return means


def _clipped_mean(convolution: FoldedConvolution) -> Tensor:
    """Mean of a normal variable after ReLU6."""
    mean, deviation = convolution.mean.double(), convolution.deviation.double().clamp(min=1e-9)
    low, high = -mean / deviation, (CLIP - mean) / deviation
    inside = mean * (_below(high) - _below(low)) + deviation * (_density(low) - _density(high))
    return (inside + CLIP * (1 - _below(high))).float()


def _below(z: Tensor) -> Tensor:
    below: Tensor = torch.special.ndtr(z)
    return below


def _density(z: Tensor) -> Tensor:
    return torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
