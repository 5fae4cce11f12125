"""Scoring batches of resized films: features from any trunk, then the head and its derivative by torch."""

from importlib.metadata import version
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from cxr.model.activation import Activation, Array
from cxr.model.card import Preprocessing
from cxr.model.identity import EngineIdentity, Library
from cxr.model.network import CxrNet, pool
from cxr.model.precision import Precision
from cxr.model.preprocess import to_input
from cxr.model.threads import ALL, compute_on


class Trunk(Protocol):
    """What turns films into the last activation."""

    @property
    def identity(self) -> EngineIdentity:
        """Library, version and precision."""

    def __call__(self, batch: torch.Tensor, threads: int) -> torch.Tensor:
        """Return the last activation in float32 of films (films, channels, size, size), both channels last.

        One thread means that others may call at the same time, one for each core.
        """


class ModuleTrunk:
    """The network's own module as it was trained, on this machine's GPU if there is one."""

    def __init__(self, trunk: torch.nn.Module) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._trunk = trunk.eval().to(self._device)
        self.identity = EngineIdentity(
            Library.TORCH, version("torch"), Precision.FLOAT32, gpu=self._device.type == "cuda"
        )

    def __call__(self, batch: torch.Tensor, threads: int) -> torch.Tensor:
        """Run the layers one by one."""
        compute_on(threads)
        with torch.no_grad():
            maps: torch.Tensor = self._trunk(batch.to(self._device)).float().cpu()
        return maps


class Engine:
    """A network at work.

    Parameters
    ----------
    trunk
        What computes instead of the network's own trunk.
    """

    def __init__(self, network: CxrNet, preprocessing: Preprocessing, trunk: Trunk | None = None) -> None:
        self.trunk = trunk or ModuleTrunk(network.trunk)
        self._head = network.head.eval()
        self._preprocessing = preprocessing

    @property
    def identity(self) -> EngineIdentity:
        """Library, version and precision, to be kept with every result."""
        return self.trunk.identity

    def run(self, resized: npt.NDArray[np.uint8], threads: int = ALL) -> Activation:
        """Run films of shape (films, size, size) through trunk and head once.

        The head is differentiated with respect to its input; the trunk is not, which is all that Grad-CAM
        needs when the pooled activation is its target.
        """
        # Only the trunk is worth more threads than one.
        compute_on(1)
        maps = self.trunk(to_input(resized, self._preprocessing), threads)
        compute_on(1)
        return self.finish(maps)

    def finish(self, maps: torch.Tensor) -> Activation:
        """Pool the trunk's maps and run the result through the head."""
        pooled = pool(maps)
        logits, gradient = self._head.differentiate(pooled)
        return Activation(_numpy(maps), _numpy(pooled), _numpy(logits), _numpy(gradient))


def _numpy(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().numpy()
    return array
