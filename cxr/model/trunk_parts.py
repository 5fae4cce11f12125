"""The folded trunk in two parts, as every faster way of computing it takes it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from torch import Tensor, nn

from cxr.model.folding import FoldedConvolution, fold
from cxr.model.precision import Precision
from cxr.model.rounding import keep_sums

FIRST_LAYERS = 20
"""Convolutions of the first part, which work on the largest pictures.

Films go through them one by one: what lies between two layers stays in the cache then, and a film takes
0.86 of the time.

They stay in float32 whatever the precision: most of the error of bfloat16 begins there. Chosen on 1476 tune
films: the probability that moved most moved by 0.006; with 2 such layers it was 0.016, with 12 it was 0.012.
"""
CHUNK = 4
"""Films that go through the second part together: its weights are larger than what it makes of a film."""


@dataclass(frozen=True, slots=True, eq=False)
class TrunkPart:
    """Convolutions one after the other, their weights rounded to the precision and kept as float32.

    Attributes
    ----------
    size
        Side of the pictures that go in, in pixels.
    together
        Films that go through at once, at most.
    """

    convolutions: tuple[FoldedConvolution, ...]
    weights: tuple[Tensor, ...]
    precision: Precision
    size: int
    together: int


def trunk_parts(trunk: nn.Sequential, size: int, precision: Precision) -> tuple[TrunkPart, TrunkPart]:
    """Fold a trunk for films of a side in pixels, cut it in two, and round the weights of the second part."""
    convolutions = tuple(fold(trunk))
    exact = tuple(one.weight for one in convolutions)
    weights = tuple(keep_sums(convolutions)) if precision is Precision.BFLOAT16 else exact
    halved = -(-size // prod(one.stride for one in convolutions[:FIRST_LAYERS]))
    return (
        TrunkPart(convolutions[:FIRST_LAYERS], exact[:FIRST_LAYERS], Precision.FLOAT32, size, together=1),
        TrunkPart(convolutions[FIRST_LAYERS:], weights[FIRST_LAYERS:], precision, halved, CHUNK),
    )
