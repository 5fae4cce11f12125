"""A folded trunk run one convolution after the other by torch, without any fused kernel."""

from collections.abc import Sequence

import torch
from torch import Tensor

from cxr.model.folding import FoldedConvolution


def run_folded(convolutions: Sequence[FoldedConvolution], weights: Sequence[Tensor], films: Tensor) -> Tensor:
    x = kept = films
    with torch.no_grad():
        for one, weight in zip(convolutions, weights, strict=True):
            kept = x if one.opens else kept
            x = torch.nn.functional.conv2d(x, weight, one.bias, one.stride, one.padding, groups=one.groups)
            x = x.clamp(0, 6) if one.clipped else x
            x = x + kept if one.closes else x
    return x
