"""The trunk by OpenVINO, if that is installed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cxr.model.film_by_film import FilmByFilm, Shape, freeze
from cxr.model.identity import EngineIdentity, Library
from cxr.model.precision import Precision
from cxr.model.threads import ALL, compute_on

HINTS = {Precision.FLOAT32: "f32", Precision.BFLOAT16: "bf16"}


def openvino_is_installed() -> bool:
    """Whether OpenVINO can be imported."""
    return find_spec("openvino") is not None


def openvino_trunk(
    trunk: nn.Module, shape: Shape, precision: Precision = Precision.FLOAT32, threads: int = ALL
) -> FilmByFilm:
    """Convert a trunk for films of a shape; the module itself stays as it is.

    Compiled when first used: once for a film alone on all cores, and once for each core. Cores could share
    what was compiled, but were seen to wait for each other for half of the time.
    """
    model = _convert(trunk, shape)
    alone = _Shared(1, lambda: _request(model, precision, threads))
    beside = _Shared(threads, lambda: _request(model, precision, 1))

    def run(film: Tensor, wanted: int) -> Tensor:
        # Torch's own threads would spin alongside OpenVINO's.
        compute_on(1)
        with (beside if wanted == 1 else alone).lend() as request:
            request.infer([film.contiguous().numpy()], share_inputs=True)
            # The request's own memory is overwritten by its next film.
            return torch.from_numpy(request.get_output_tensor().data.copy()).permute(0, 3, 1, 2)

    return FilmByFilm(EngineIdentity(Library.OPENVINO, version("openvino"), precision), run, threads)


def _convert(trunk: nn.Module, shape: Shape) -> Any:
    """Convert to OpenVINO's graph, whose output is channels last."""
    # The package that counts uses of OpenVINO would call Google Analytics at each import and conversion, and
    # keep a number for this user in the home folder. OpenVINO does without where it cannot be imported.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # Python's sign for "not importable"
    from openvino import Layout, convert_model
    from openvino.preprocess import PrePostProcessor

    # With the type of its input: without it, OpenVINO leaves some operations undecided.
    model = convert_model(freeze(trunk, shape), input=[([1, *shape], np.float32)])
    layout = PrePostProcessor(model)
    layout.output().model().set_layout(Layout("NCHW"))
    layout.output().tensor().set_layout(Layout("NHWC"))
    return layout.build()


def _request(model: Any, precision: Precision, threads: int) -> Any:
    from openvino import Core

    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": HINTS[precision],
        # Pinned, every process that computes on one thread would compute on the first core.
        "ENABLE_CPU_PINNING": False,
    }
    return Core().compile_model(model, "CPU", hints).create_infer_request()


class _Shared:
    """Requests that threads use in turn; made when first wanted, and at most `most` of them."""

    def __init__(self, most: int, make: Callable[[], Any]) -> None:
        self._make = make
        self._places = threading.Semaphore(most)
        self._idle: list[Any] = []

    @contextmanager
    def lend(self) -> Iterator[Any]:
        """Give one to the calling thread alone, which waits while all are in use."""
        with self._places:
            try:
                one = self._idle.pop()
            except IndexError:
                one = self._make()
            try:
                yield one
            finally:
                self._idle.append(one)
