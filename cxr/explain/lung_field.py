"""Where the lungs are in a film, by the layer that learnt it from outlines drawn by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cxr.model.network import CxrNet

Array = npt.NDArray[np.float32]

LUNG = 0.5
"""A cell at least this likely to be lung is lung."""
AT_EDGE = 0.5
"""Share of the rows with lung in which it touches an edge, above which a part may be missing; by val."""


@dataclass(frozen=True, slots=True, eq=False)
class LungLayer:
    """One linear layer on each cell of the trunk's last activation.

    Attributes
    ----------
    weight
        Shape (channels,).
    """

    weight: Array
    bias: float

    @classmethod
    def of(cls, network: CxrNet) -> Self | None:
        """Take the layer from a network; None where it has none."""
        if network.lungs is None:
            return None
        weight, bias = network.lungs.weight.detach(), network.lungs.bias
        assert bias is not None
        return cls(weight.flatten().cpu().numpy().astype(np.float32), float(bias.detach()))

    def fields(self, maps: Array) -> Array:
        """Compute how likely each cell is lung.

        Parameters
        ----------
        maps
            Shape (films, channels, rows, columns).

        Returns
        -------
        Shape (films, rows, columns), 0 to 1.
        """
        logits = np.einsum("k,fkij->fij", self.weight, maps, optimize=True) + np.float32(self.bias)
        fields: Array = 1 / (1 + np.exp(-logits, dtype=np.float32))
        return fields


def reaches_edge(field: Array) -> bool:
    """Whether a lung reaches the left or right edge of a film over much of its height: a part may be cut off.

    Parameters
    ----------
    field
        How likely each cell is lung, shape (rows, columns).
    """
    lung = field > LUNG
    height = max(1, int(lung.any(axis=1).sum()))
    return bool(max(lung[:, 0].sum(), lung[:, -1].sum()) > AT_EDGE * height)
