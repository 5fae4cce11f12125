"""The trunk in OpenVINO, where that is installed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cxr.model.precision import Precision
from cxr.model.rounding import CLIP
from cxr.model.threads import ALL, compute_on
from cxr.model.trunk_parts import TrunkPart, trunk_parts


class OpenVinoTrunk:
    """A trunk whose batch norms are folded, compiled by OpenVINO for this processor.

    Compiled each time that it is first asked for: once for one batch at a time on all cores, and for batches
    side by side once for each core. Those could share what was compiled, but were seen to wait for each other
    for a sixth of the time.

    Parameters
    ----------
    trunk, size, precision
        As for `FusedTrunk`.
    threads
        Cores that are computed on.
    """

    def __init__(self, trunk: nn.Sequential, size: int, precision: Precision, threads: int = ALL) -> None:
        self.name = f"OpenVINO, {precision}"
        parts = trunk_parts(trunk, size, precision)
        self._alone = _Shared(1, lambda: _Compiled(parts, threads))
        self._beside = _Shared(threads, lambda: _Compiled(parts, 1))

    def __call__(self, batch: Tensor, threads: int) -> Tensor:
        """Give the last activation in float32 of films (films, 1, size, size), channels last."""
        # Torch's own threads would spin beside OpenVINO's.
        compute_on(1)
        with (self._beside if threads == 1 else self._alone).lent() as compiled:
            return torch.from_numpy(compiled.run(batch.numpy())).permute(0, 3, 1, 2)


class _Compiled:
    """The parts of a trunk, one after the other, for one thread that calls at a time.

    Each part is a model of its own, for OpenVINO's precision is a whole model's.
    """

    def __init__(self, parts: tuple[TrunkPart, TrunkPart], threads: int) -> None:
        from openvino import Core

        core = Core()
        # Pinned, every process that computes on one thread would compute on the first core.
        hints = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        self._requests = []
        for part in parts:
            model = _model(part, channels_last=part is parts[-1])
            numbers = "bf16" if part.precision is Precision.BFLOAT16 else "f32"
            own = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": numbers}
            compiled = core.compile_model(model, "CPU", hints | own)
            self._requests.append((compiled.create_infer_request(), part.together))

    def run(self, films: Any) -> Any:
        """Give the last activation (films, rows, columns, channels) of films (films, 1, size, size)."""
        for request, together in self._requests:
            found = []
            for start in range(0, len(films), together):
                request.infer([np.ascontiguousarray(films[start : start + together])], share_inputs=True)
                found.append(request.get_output_tensor().data.copy())
            films = np.concatenate(found)
        return films


class _Shared:
    """What several threads use in turn; made when it is first wanted, and no more of it than `most`."""

    def __init__(self, most: int, make: Callable[[], _Compiled]) -> None:
        self._make = make
        self._places = threading.Semaphore(most)
        self._idle: list[_Compiled] = []

    @contextmanager
    def lent(self) -> Iterator[_Compiled]:
        """Give one to the calling thread alone, which waits where all are lent."""
        with self._places:
            try:
                one = self._idle.pop()
            except IndexError:
                one = self._make()
            try:
                yield one
            finally:
                self._idle.append(one)


def openvino_is_installed() -> bool:
    """Whether OpenVINO can be imported."""
    return find_spec("openvino") is not None


def _model(part: TrunkPart, channels_last: bool) -> Any:
    """Draw a part of the trunk as OpenVINO's graph."""
    from openvino import Model
    from openvino import opset13 as op

    films = op.parameter([-1, part.convolutions[0].channels, part.size, part.size], np.float32)
    x = kept = films
    for one, weight in zip(part.convolutions, part.weights, strict=True):
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
    if channels_last:
        x = op.transpose(x, op.constant(np.array([0, 2, 3, 1])))
    return Model([x], [films], "trunk")
