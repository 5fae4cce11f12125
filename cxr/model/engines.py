"""Engines by library and precision."""

import torch

from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.identity import Library
from cxr.model.openvino_trunk import openvino_is_installed, openvino_trunk
from cxr.model.precision import Precision, has_bfloat16
from cxr.model.threads import ALL
from cxr.model.torch_trunk import torch_trunk


def installed_libraries() -> list[Library]:
    """List the libraries that can compute here."""
    return [Library.TORCH, *([Library.OPENVINO] if openvino_is_installed() else [])]


def make_engine(
    bundle: Bundle,
    library: Library = Library.TORCH,
    precision: Precision = Precision.FLOAT32,
    threads: int = ALL,
) -> Engine:
    """Put a bundle's network into an engine.

    Raises
    ------
    ImportError
        If OpenVINO is asked for and not installed.
    ValueError
        If bfloat16 is asked for and not computed in hardware here: it would be slower than float32.
    """
    if precision is Precision.BFLOAT16 and not may_use_bfloat16(library):
        raise ValueError(f"This machine does not compute {precision} in hardware by {library}: use float32.")
    network, shape = bundle.network, bundle.card.preprocessing.shape
    if library is Library.OPENVINO:
        trunk = openvino_trunk(network.trunk, shape, precision, threads)
    elif torch.cuda.is_available():
        return Engine(network, bundle.card.preprocessing)
    else:
        trunk = torch_trunk(network.trunk, shape, precision, threads)
    return Engine(network, bundle.card.preprocessing, trunk)


def may_use_bfloat16(library: Library) -> bool:
    """Whether this machine computes bfloat16 in hardware by a library; a GPU stays in float32."""
    return has_bfloat16() and (library is Library.OPENVINO or not torch.cuda.is_available())
