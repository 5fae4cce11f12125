"""Engines by name: which library computes a bundle's trunk, in which numbers."""

from enum import StrEnum

import torch

from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.fused_trunk import FusedTrunk, fused_kernels_work
from cxr.model.openvino_trunk import OpenVinoTrunk
from cxr.model.precision import Precision, has_bfloat16
from cxr.model.threads import ALL


class Library(StrEnum):
    """What computes the trunk."""

    TORCH = "torch"
    OPENVINO = "openvino"


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
        Where OpenVINO is asked for and not installed.
    ValueError
        Where bfloat16 is asked for and torch has no kernels for it here.
    """
    network, preprocessing = bundle.network, bundle.card.preprocessing
    if library is Library.OPENVINO:
        trunk = OpenVinoTrunk(network.trunk, preprocessing.size, precision, threads)
        return Engine(network, preprocessing, trunk)
    if fuses():
        return Engine(network, preprocessing, FusedTrunk(network.trunk, preprocessing.size, precision))
    if precision is not Precision.FLOAT32:
        raise ValueError(f"Torch has no fused kernels on this machine for {precision}: ask for float32.")
    return Engine(network, preprocessing)


def fuses() -> bool:
    """Whether torch computes here with fused kernels: on a processor, in a build that has them."""
    return fused_kernels_work() and not torch.cuda.is_available()


def may_use_bfloat16(library: Library) -> bool:
    """Whether bfloat16 is worth a trial here."""
    return has_bfloat16() and (library is Library.OPENVINO or fuses())
