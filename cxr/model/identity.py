"""What computed a result: known without importing torch."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.model.precision import Precision


class Library(StrEnum):
    """The library that computes the trunk."""

    TORCH = "torch"
    OPENVINO = "openvino"


TITLES = {Library.TORCH: "PyTorch", Library.OPENVINO: "OpenVINO"}


@dataclass(frozen=True, slots=True)
class EngineIdentity:
    """The engine behind a result: the same bundle, film and identity always give the same number."""

    library: Library
    version: str
    precision: Precision
    gpu: bool = False

    def __str__(self) -> str:
        """Name it in one line: `OpenVINO 2026.4.1, float32`."""
        return f"{TITLES[self.library]} {self.version}, {self.precision}{', GPU' if self.gpu else ''}"
