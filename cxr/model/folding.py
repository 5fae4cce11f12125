"""The trunk as a list of convolutions, its batch norms folded into them, as serving needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, eq=False)
class FoldedConvolution:
    """One convolution with what follows it.

    Attributes
    ----------
    weight, bias
        Those of the convolution, times and plus what its batch norm made of them.
    mean, deviation
        Of each output channel on training films, as the batch norm left it: shape (channels,), not clipped.
    clipped
        Whether ReLU6 follows.
    opens, closes
        Whether its input is kept, and whether what was kept is added to its output: a residual block.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    deviation: Tensor
    stride: int
    padding: int
    groups: int
    clipped: bool
    opens: bool = False
    closes: bool = False

    @property
    def channels(self) -> int:
        """Channels of the input."""
        return self.weight.shape[1] * self.groups


def fold(trunk: nn.Sequential) -> list[FoldedConvolution]:
    """Fold a MobileNetV2 trunk's batch norms into its convolutions.

    With m, v, g and b of the batch norm, `w' = w g / sqrt(v + eps)` and `b' = b - m g / sqrt(v + eps)`: exact
    but for the rounding of float32.
    """
    return [convolution for block in trunk for convolution in _folded_block(block)]


def _folded_block(block: nn.Module) -> Iterator[FoldedConvolution]:
    layers = [layer for layer in block.modules() if not list(layer.children())]
    starts = [place for place, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
    residual = bool(getattr(block, "use_res_connect", False))
    for start in starts:
        followers = layers[start + 1 : start + 3]
        clipped = len(followers) > 1 and isinstance(followers[1], nn.ReLU6)
        opens, closes = residual and start == starts[0], residual and start == starts[-1]
        yield _folded(layers[start], followers[0], clipped, opens, closes)


def _folded(
    convolution: nn.Module, norm: nn.Module, clipped: bool, opens: bool, closes: bool
) -> FoldedConvolution:
    assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    with torch.no_grad():
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        return FoldedConvolution(
            weight=convolution.weight * scale[:, None, None, None],
            bias=norm.bias - norm.running_mean * scale,
            mean=norm.bias.detach(),
            deviation=norm.weight.detach().abs(),
            stride=convolution.stride[0],
            padding=int(convolution.padding[0]),
            groups=convolution.groups,
            clipped=clipped,
            opens=opens,
            closes=closes,
        )
