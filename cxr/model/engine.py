"""Scoring batches of squashed films with torch."""

import numpy as np
import numpy.typing as npt
import torch

from cxr.model.activation import Activation, Array
from cxr.model.card import Preprocessing
from cxr.model.network import CxrNet, pool
from cxr.model.preprocess import to_input


class TorchEngine:
    """A network on this machine's processor, or on its GPU where there is one."""

    def __init__(self, network: CxrNet, preprocessing: Preprocessing) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.eval().to(self._device)
        self._slope_limit = preprocessing.slope_limit

    def run(self, squashed: npt.NDArray[np.uint8]) -> Activation:
        """Run films of shape (films, size, size) through trunk and head once.

        The head is differentiated by its input; the trunk is not, which is all that Grad-CAM needs when
        the pooled activation is its target.
        """
        batch = to_input(squashed, self._slope_limit).to(self._device)
        with torch.no_grad():
            maps = self._network.trunk(batch).float()
            pooled = pool(maps)
        with torch.enable_grad():
            pooled.requires_grad_(True)
            logits = self._network.head(pooled).squeeze(1)
            (gradient,) = torch.autograd.grad(logits.sum(), pooled)
        return Activation(_numpy(maps), _numpy(pooled), _numpy(logits), _numpy(gradient))


def _numpy(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy()
    return array
