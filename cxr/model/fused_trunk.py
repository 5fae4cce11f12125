"""The trunk on a processor, in oneDNN's fused kernels: convolution, bias and clipping or addition in one go.

They are the kernels that `torch.compile` calls, without its compiler, which no clinic's laptop has.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cxr.model.folding import FoldedConvolution
from cxr.model.precision import Precision
from cxr.model.rounding import CLIP
from cxr.model.threads import compute_on
from cxr.model.trunk_parts import TrunkPart, trunk_parts

_ONEDNN = torch.ops.mkldnn


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A convolution as oneDNN wants it, its weights laid out for batches of one size."""

    weight: Tensor
    bias: Tensor
    convolution: FoldedConvolution


class FusedTrunk:
    """A trunk whose batch norms are folded and whose kernels are fused.

    Parameters
    ----------
    trunk
        MobileNetV2 of `cxr.model.network`; it is read and stays as it is.
    size
        Side of the films in pixels.
    precision
        Of the convolutions; biases and sums are float32 inside of oneDNN in either.
    """

    def __init__(self, trunk: nn.Sequential, size: int, precision: Precision) -> None:
        self.name = f"torch, {precision}"
        # How oneDNN lays weights out depends on the threads that ask: one, as where films are scored.
        compute_on(1)
        self._parts = [_Part(part) for part in trunk_parts(trunk, size, precision)]

    def __call__(self, batch: Tensor, threads: int) -> Tensor:
        """Give the last activation in float32 of films (films, 1, size, size), channels last."""
        # A film alone takes one core: OpenMP's threads wait for each other fifty times a film, and where
        # another program has one of the cores they were seen to wait twenty times as long as they computed.
        compute_on(threads if len(batch) > 1 else 1)
        with torch.no_grad():
            for part in self._parts:
                batch = part.run(batch)
            return batch.float()


class _Part:
    """One part of the trunk."""

    def __init__(self, part: TrunkPart) -> None:
        self._together = part.together
        self._steps = {films: _laid_out(part, films) for films in {1, part.together}}

    def run(self, films: Tensor) -> Tensor:
        """Run films through the layers, a few at a time."""
        return torch.cat([self._run(some) for some in films.split(self._together)])

    def _run(self, x: Tensor) -> Tensor:
        kept = x
        for step in self._steps[1 if len(x) == 1 else self._together]:
            one = step.convolution
            x = x.to(step.weight.dtype)
            kept = x if one.opens else kept
            geometry = ([one.padding] * 2, [one.stride] * 2, [1, 1], one.groups)
            if one.closes:
                x = _ONEDNN._convolution_pointwise.binary(
                    x, kept, step.weight, step.bias, *geometry, "add", 1.0, None, [], None
                )
            else:
                after = ("hardtanh", [0.0, CLIP], "") if one.clipped else ("none", [], "")
                x = _ONEDNN._convolution_pointwise(x, step.weight, step.bias, *geometry, *after)
        return x


def fused_kernels_work() -> bool:
    """Whether this build of torch has the kernels."""
    return torch.backends.mkldnn.is_available() and hasattr(_ONEDNN, "_convolution_pointwise")


def _laid_out(part: TrunkPart, films: int) -> list[_Step]:
    """Lay weights out for batches of so many films; for others, oneDNN would do it at every pass."""
    kind, side = part.precision.torch, part.size
    steps = []
    for one, weight in zip(part.convolutions, part.weights, strict=True):
        laid_out = _ONEDNN._reorder_convolution_weight(
            weight.to(kind),
            *([one.padding] * 2, [one.stride] * 2, [1, 1], one.groups),
            [films, one.channels, side, side],
        )
        steps.append(_Step(laid_out, one.bias.to(kind), one))
        side = -(-side // one.stride)
    return steps
