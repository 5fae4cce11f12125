"""The trunk in OpenVINO, where that is installed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cxr.model.folding import FoldedConvolution, fold
from cxr.model.fused_trunk import CHUNK, FLOAT32_LAYERS
from cxr.model.precision import Precision
from cxr.model.rounding import CLIP, keep_sums
from cxr.model.threads import ALL, compute_on

Layers = list[tuple[FoldedConvolution, Tensor]]


class OpenVinoTrunk:
    """A trunk whose batch norms are folded, compiled by OpenVINO for this processor.

    Compiled twice, each when first asked for: for one batch at a time on all cores, and for batches side by
    side, each on one core.

    Parameters
    ----------
    trunk, size, precision
        As for `FusedTrunk`. OpenVINO's precision is a whole model's: in bfloat16 the first convolutions are a
        model of their own.
    threads
        Cores that batches side by side are computed on.
    """

    def __init__(self, trunk: nn.Sequential, size: int, precision: Precision, threads: int = ALL) -> None:
        self.name = f"OpenVINO, {precision}"
        layers = [(one, one.weight) for one in fold(trunk)]
        parts: list[tuple[Layers, Precision]] = [(layers, Precision.FLOAT32)]
        if precision is Precision.BFLOAT16:
            folded = [one for one, _ in layers]
            rounded = list(zip(folded, keep_sums(folded), strict=True))
            parts = [
                (layers[:FLOAT32_LAYERS], Precision.FLOAT32),
                (rounded[FLOAT32_LAYERS:], Precision.BFLOAT16),
            ]
        self._parts, self._size, self._threads = parts, size, threads

    @cached_property
    def _alone(self) -> _Compiled:
        hints = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
        return _Compiled(self._parts, self._size, hints, self._threads)

    @cached_property
    def _beside(self) -> _Compiled:
        hints = {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": self._threads}
        return _Compiled(self._parts, self._size, hints, self._threads)

    def __call__(self, batch: Tensor, threads: int) -> Tensor:
        """Give the last activation in float32 of films (films, 1, size, size), channels last."""
        # Torch's own threads would spin beside OpenVINO's.
        compute_on(1)
        compiled = self._beside if threads == 1 else self._alone
        chunks = [torch.from_numpy(compiled.run(chunk.numpy())) for chunk in batch.split(CHUNK)]
        return torch.cat(chunks).permute(0, 3, 1, 2)


class _Compiled:
    """The parts of a trunk, one after the other; each calling thread has requests of its own."""

    def __init__(
        self, parts: list[tuple[Layers, Precision]], size: int, hints: dict[str, Any], threads: int
    ) -> None:
        from openvino import Core

        # Pinned, every process that computes on one thread would compute on the first core.
        hints = hints | {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
        core = Core()
        self._models = []
        for place, (layers, precision) in enumerate(parts):
            model = _model(layers, size, ends=place == len(parts) - 1)
            size = -(-size // prod(one.stride for one, _ in layers))
            numbers = {"INFERENCE_PRECISION_HINT": "bf16" if precision is Precision.BFLOAT16 else "f32"}
            self._models.append(core.compile_model(model, "CPU", hints | numbers))
        self._local = threading.local()

    def run(self, films: Any) -> Any:
        """Give the last activation (films, rows, columns, channels) of films (films, 1, size, size)."""
        if not hasattr(self._local, "requests"):
            self._local.requests = [model.create_infer_request() for model in self._models]
        first, *others = self._local.requests
        first.infer([np.ascontiguousarray(films)])
        last = first
        for request in others:
            request.set_input_tensor(last.get_output_tensor())
            request.infer()
            last = request
        return last.get_output_tensor().data.copy()


def openvino_is_installed() -> bool:
    """Whether OpenVINO can be imported."""
    return find_spec("openvino") is not None


def _model(layers: Sequence[tuple[FoldedConvolution, Tensor]], size: int, ends: bool) -> Any:
    """Draw convolutions as OpenVINO's graph; the end of the trunk gives its channels last."""
    from openvino import Model
    from openvino import opset13 as op

    films = op.parameter([-1, layers[0][0].channels, size, size], np.float32)
    x = kept = films
    for one, weight in layers:
        kept = x if one.opens else kept
        geometry = ([one.stride] * 2, [one.padding] * 2, [one.padding] * 2, [1, 1])
        filters = weight.numpy()
        if one.groups > 1:
            grouped = filters.reshape(one.groups, -1, *filters.shape[1:])
            x = op.group_convolution(x, op.constant(grouped), *geometry)
        else:
            x = op.convolution(x, op.constant(filters), *geometry)
        x = op.add(x, op.constant(one.bias.numpy().reshape(1, -1, 1, 1)))
        if one.clipped:
            x = op.clamp(x, 0.0, CLIP)
        if one.closes:
            x = op.add(x, kept)
    if ends:
        x = op.transpose(x, op.constant(np.array([0, 2, 3, 1])))
    return Model([x], [films], "trunk")
