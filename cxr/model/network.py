"""The classifier: one trunk or two, average pooling, a fully connected ANN head."""

from collections.abc import Sequence

import torch
from torch import nn

from cxr.model.card import TrunkName
from cxr.model.trunk import TRUNK_CHANNELS, build_trunks, set_output_stride

DROPOUT = 0.3
"""Share of hidden units dropped while training."""


class AnnHead(nn.Sequential):
    """Fully connected network from pooled features (films, features) to logits (films, 1)."""

    def __init__(self, features: int, hidden: int, dropout: float) -> None:
        super().__init__(nn.Linear(features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1))

    def differentiate(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the logits (films,) of pooled features, and their derivatives by these (films, features).

        By hand, `((W1 p + b1 > 0) * w2) W1`, and without dropout: autograd leaves objects in the thread that
        asks it, and a thread that clears them away while Python ends brings the process down.
        """
        first, last = self[0], self[3]
        assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
        with torch.no_grad():
            hidden = first(pooled)
            logits: torch.Tensor = last(hidden.relu()).squeeze(1)
            return logits, ((hidden > 0) * last.weight) @ first.weight


class CxrNet(nn.Module):
    """Trunks at output stride 16, global average pooling and an ANN head with one hidden layer.

    Each trunk takes one channel of a film and gives 1280 maps. Grad-CAM reads their last activation, which is
    the one that is pooled: 14 x 14 for a film of 224 pixels, where the original networks have 7 x 7.

    The weights are stored channels last, in which a CPU convolves faster; pass batches of that layout.

    Parameters
    ----------
    hidden
        Units of the head's hidden layer.
    lungs
        Whether a third part, one linear layer on each cell of the last activation, marks the lungs.
    """

    def __init__(
        self,
        hidden: int = 256,
        trunks: Sequence[TrunkName] = ("mobilenet_v2",),
        lungs: bool = False,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.trunk_names = tuple(trunks)
        self.trunk = build_trunks(self.trunk_names)
        features = TRUNK_CHANNELS * len(self.trunk_names)
        self.head = AnnHead(features, hidden, DROPOUT)
        self.lungs = nn.Conv2d(features, 1, 1) if lungs else None
        for weight in self.trunk.parameters():
            if weight.dim() == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the logits, shape (films,), of films as `to_input` makes them."""
        logits: torch.Tensor = self.head(pool(self.trunk(x)))
        return logits.squeeze(1)

    def set_output_stride(self, output_stride: int) -> None:
        """Train at another output stride; the weights stay, and serving always takes 16."""
        set_output_stride(self.trunk, self.trunk_names, output_stride)


def pool(maps: torch.Tensor) -> torch.Tensor:
    """Average feature maps (films, channels, height, width) over the film, in float32."""
    return maps.float().mean(dim=(2, 3))
