"""The trunk on a processor, in oneDNN's fused kernels: convolution, bias and clipping or addition in one go.

They are the kernels that `torch.compile` calls, without its compiler, which no clinic's laptop has.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cxr.model.folding import FoldedConvolution, fold
from cxr.model.precision import Precision
from cxr.model.rounding import CLIP, keep_sums
from cxr.model.threads import compute_on

CHUNK = 4
"""Films that go through the trunk together: more would not stay in the cache from layer to layer."""
FLOAT32_LAYERS = 20
"""First convolutions that stay in float32 whatever the precision: most of the error of bfloat16 begins there.

Chosen on 1476 tune films: the probability that moved most moved by 0.006; with 2 such layers it was 0.016,
with 12 it was 0.012. Of the time of float32 0.71 are left, with 2 such layers it is 0.51.
"""

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
        convolutions = fold(trunk)
        weights = [one.weight for one in convolutions]
        if precision is Precision.BFLOAT16:
            weights = [*weights[:FLOAT32_LAYERS], *keep_sums(convolutions)[FLOAT32_LAYERS:]]
        # How oneDNN lays weights out depends on the threads that ask: one, as where films are scored.
        compute_on(1)
        self._steps = {
            films: _laid_out(convolutions, weights, precision, (films, size)) for films in (1, CHUNK)
        }

    def __call__(self, batch: Tensor, threads: int) -> Tensor:
        """Give the last activation in float32 of films (films, 1, size, size), channels last."""
        # A film alone takes one core: OpenMP's threads wait for each other fifty times a film, and where
        # another program has one of the cores they were seen to wait twenty times as long as they computed.
        compute_on(threads if len(batch) > 1 else 1)
        with torch.no_grad():
            chunks = [self._run(chunk) for chunk in batch.split(CHUNK)]
            return torch.cat([chunk.float() for chunk in chunks])

    def _run(self, x: Tensor) -> Tensor:
        kept = x
        for step in self._steps[1 if len(x) == 1 else CHUNK]:
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


def _laid_out(
    convolutions: list[FoldedConvolution], weights: list[Tensor], precision: Precision, shape: tuple[int, int]
) -> list[_Step]:
    """Lay weights out for batches of a shape (films, side); for another, oneDNN would do it at every pass."""
    films, side = shape
    steps = []
    for place, (one, weight) in enumerate(zip(convolutions, weights, strict=True)):
        kind = torch.float32 if place < FLOAT32_LAYERS else precision.torch
        laid_out = _ONEDNN._reorder_convolution_weight(
            weight.to(kind),
            *([one.padding] * 2, [one.stride] * 2, [1, 1], one.groups),
            [films, one.channels, side, side],
        )
        steps.append(_Step(laid_out, one.bias.to(kind), one))
        side = -(-side // one.stride)
    return steps
