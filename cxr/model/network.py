"""The classifier: a MobileNetV2 trunk for one grey channel, average pooling, a fully connected ANN head."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

TRUNK_CHANNELS = 1280
OUTPUT_STRIDE = 16
TORCHVISION_WEIGHTS = "imagenet"


class Float32Conv2d(nn.Conv2d):
    """A convolution that stays in float32 under autocast.

    The backward pass of strided depthwise convolutions in bfloat16 has no fast kernel on a CPU: with
    these few layers in float32 a training step takes about 0.6 of the time.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve (films, channels, height, width) in float32."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


class AnnHead(nn.Sequential):
    """Fully connected network from pooled features (films, 1280) to logits (films, 1)."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__(
            nn.Linear(TRUNK_CHANNELS, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )


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
        self.trunk = _trunk()
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


def _trunk() -> nn.Sequential:
    trunk: nn.Sequential = mobilenet_v2(weights=None).features
    grey = nn.Conv2d(1, 32, kernel_size=3, stride=2, padding=1, bias=False)
    trunk.get_submodule("0").register_module("0", grey)
    # The last stage keeps its resolution. It is not dilated for that: a step would take 1.13 of the time.
    last_stage = trunk.get_submodule("14.conv.1.0")
    assert isinstance(last_stage, nn.Conv2d)
    last_stage.stride = (1, 1)
    for layer in list(trunk.modules()):
        for name, child in layer.named_children():
            if isinstance(child, nn.Conv2d) and child.groups > 1 and child.stride != (1, 1):
                setattr(layer, name, _in_float32(child))
    return trunk


def _in_float32(conv: nn.Conv2d) -> Float32Conv2d:
    return Float32Conv2d(
        conv.in_channels, conv.out_channels, 3, stride=2, padding=1, groups=conv.groups, bias=False
    )
