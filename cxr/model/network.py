"""The classifier: a MobileNetV2 trunk for one grey channel, average pooling, a fully connected ANN head."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from cxr.model.trunk import TRUNK_CHANNELS, mobilenet_v2_trunk

TORCHVISION_WEIGHTS = "imagenet"


class AnnHead(nn.Sequential):
    """Fully connected network from pooled features (films, 1280) to logits (films, 1)."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__(
            nn.Linear(TRUNK_CHANNELS, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )

    def differentiate(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the logits (films,) of pooled features, and their derivatives by these (films, 1280).

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
    """MobileNetV2 at output stride 16, global average pooling and an ANN head with one hidden layer.

    Grad-CAM reads the trunk's last activation, which is the one that is pooled: 14 x 14 for a film of
    224 pixels, where the original network has 7 x 7.

    The weights lie channels last, in which a CPU convolves faster; hand in batches of that layout.

    Parameters
    ----------
    hidden
        Units of the head's hidden layer.
    dropout
        Share of hidden units dropped while training.
    """

    def __init__(self, hidden: int = 256, dropout: float = 0.3) -> None:
        super().__init__()
        self.hidden = hidden
        self.trunk = mobilenet_v2_trunk()
        self.head = AnnHead(hidden, dropout)
        for weight in self.trunk.parameters():
            if weight.dim() == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the logits, shape (films,), of standardised films (films, 1, height, width)."""
        logits: torch.Tensor = self.head(pool(self.trunk(x)))
        return logits.squeeze(1)


def pool(maps: torch.Tensor) -> torch.Tensor:
    """Average feature maps (films, channels, height, width) over the film, in float32."""
    return maps.float().mean(dim=(2, 3))


def load_imagenet(network: CxrNet, source: Path | str) -> None:
    """Start the trunk from ImageNet weights, the three colour filters summed into one grey filter.

    Parameters
    ----------
    source
        A safetensors file with torchvision's names, or `"imagenet"` for torchvision's own download.

    Raises
    ------
    FileNotFoundError
        Where the file does not exist.
    """
    if str(source) == TORCHVISION_WEIGHTS:
        from torchvision.models import MobileNet_V2_Weights

        state = MobileNet_V2_Weights.IMAGENET1K_V2.get_state_dict(progress=False)
    elif Path(source).is_file():
        state = load_file(source)
    else:
        raise FileNotFoundError(
            f"No weights at {source}: give a safetensors file, or '{TORCHVISION_WEIGHTS}' to download them."
        )
    trunk = {
        name.removeprefix("features."): tensor.float()
        for name, tensor in state.items()
        if name.startswith("features.")
    }
    trunk["0.0.weight"] = trunk["0.0.weight"].sum(dim=1, keepdim=True)
    network.trunk.load_state_dict(trunk)
