from pathlib import Path

import pytest
import torch
from torch import nn
from waiting import python

from cxr.model.trunk import Float32Conv2d, InvertedResidual, LateConv2d, build_trunk, set_output_stride

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def trunk() -> nn.Sequential:
    torch.manual_seed(1)
    return build_trunk("mobilenet_v2")


@pytest.fixture
def torchvisions() -> nn.Sequential:
    """Torchvision's own trunk changed twice: one grey channel, and no stride in the last stage."""
    from torchvision.models import mobilenet_v2

    features: nn.Sequential = mobilenet_v2(weights=None).features
    features[0][0] = nn.Conv2d(1, 32, kernel_size=3, stride=2, padding=1, bias=False)
    features[14].conv[1][0].stride = (1, 1)
    return features


def test_weights_have_torchvisions_names_shapes_and_order(
    trunk: nn.Sequential, torchvisions: nn.Sequential
) -> None:
    ours, theirs = trunk.state_dict(), torchvisions.state_dict()

    assert [(name, weight.shape) for name, weight in ours.items()] == [
        (name, weight.shape) for name, weight in theirs.items()
    ]


@pytest.mark.parametrize("training", [False, True])
def test_maps_and_running_means_are_torchvisions_to_the_last_bit(
    trunk: nn.Sequential, torchvisions: nn.Sequential, training: bool
) -> None:
    trunk.load_state_dict(torchvisions.state_dict())
    films = torch.rand(2, 1, 96, 96)
    with torch.no_grad():
        # A first batch gives the means something to remember.
        for network in (trunk, torchvisions):
            network.train()(films.flip(0))
            network.train(training)
        ours, theirs = trunk(films), torchvisions(films)

    assert torch.equal(ours, theirs)
    assert all(
        torch.equal(weight, torchvisions.state_dict()[name]) for name, weight in trunk.state_dict().items()
    )


def test_weights_are_drawn_as_widely_as_torchvision_draws_them(
    trunk: nn.Sequential, torchvisions: nn.Sequential
) -> None:
    for ours, theirs in zip(trunk.modules(), torchvisions.modules(), strict=True):
        # The stem is left out: torchvision's was drawn for three colours.
        if isinstance(ours, nn.Conv2d) and isinstance(theirs, nn.Conv2d) and ours.in_channels > 1:
            assert ours.weight.std().item() == pytest.approx(theirs.weight.std().item(), rel=0.25)


def test_strided_depthwise_convolutions_stay_in_float32_under_autocast(trunk: nn.Sequential) -> None:
    strided = [layer for layer in trunk.modules() if isinstance(layer, Float32Conv2d)]
    assert len(strided) == 3

    with torch.autocast("cpu", dtype=torch.bfloat16):
        convolved = strided[0](torch.rand(1, strided[0].in_channels, 16, 16, dtype=torch.bfloat16))

    assert convolved.dtype is torch.float32 and convolved.shape[2:] == (8, 8)


def test_every_second_cell_of_the_finer_map_is_a_cell_of_the_coarse_one() -> None:
    """What makes it possible to train at output stride 32, at half the cost, and serve at 16."""
    torch.manual_seed(3)
    trunk = build_trunk("efficientnet_lite0").eval()
    film = torch.rand(1, 1, 128, 128)
    with torch.no_grad():
        fine = trunk(film)
        set_output_stride(trunk, ("efficientnet_lite0",), 32)
        coarse = trunk(film)

    assert fine.shape[2:] == (8, 8) and coarse.shape[2:] == (4, 4)
    torch.testing.assert_close(fine[:, :, ::2, ::2], coarse)


@pytest.mark.parametrize("kernel", [3, 5])
def test_a_stride_of_2_is_padded_as_tensorflow_pads_it(kernel: int) -> None:
    """Padded evenly, EfficientNet's ImageNet weights see photographs moved by a pixel at each stride."""
    torch.manual_seed(4)
    layers = build_trunk("efficientnet_lite0", output_stride=32).eval()
    late = [one for one in layers.modules() if isinstance(one, LateConv2d)]
    found = [one for one in late if one.kernel_size == (kernel, kernel)]
    assert len(late) == 5 and len(found) == {3: 3, 5: 2}[kernel]
    for conv in found:
        maps = torch.rand(1, conv.in_channels, 32, 32)
        # "SAME": as many cells as ceil(32 / 2) windows reach beyond the maps, the odd one after them.
        beyond = (16 - 1) * 2 + kernel - 32
        before, after = beyond // 2, beyond - beyond // 2
        padded = nn.functional.pad(maps, (before, after, before, after))
        expected = nn.functional.conv2d(padded, conv.weight, stride=2, groups=conv.groups)
        torch.testing.assert_close(conv(maps), expected)
        assert expected.shape[2:] == (16, 16)


def test_residuals_are_dropped_film_by_film_and_only_while_training() -> None:
    block = InvertedResidual(8, 8, 1, 2, dropped=0.5)
    nn.init.constant_(block.conv[-1].bias, 1.0)
    films = torch.rand(64, 8, 4, 4)
    with torch.no_grad():
        added = block.train()(films) - films
        served = block.eval()(films) - films

    dropped = (added == 0).flatten(1).all(dim=1)
    assert 16 <= dropped.sum() <= 48
    assert (served != 0).flatten(1).any(dim=1).all()


def test_a_film_is_scored_without_what_is_slow_to_import() -> None:
    """Torchvision, and torch's compiler with sympy, would each take longer than the model does to load."""
    code = (
        "import sys, numpy; from cxr.film import Film; from cxr.model.bundle import load_bundle; "
        "from cxr.screening import Screener; from cxr.settings import Settings; "
        "folder = Settings().models / Settings().bundle; "
        "film = Film(numpy.zeros((256, 256), numpy.uint8), sha256=''); "
        "Screener(load_bundle(folder)).screen_films([film]); "
        "print([name for name in ('torchvision', 'torch._dynamo', 'sympy') if name in sys.modules])"
    )
    assert python(code, cwd=ROOT).splitlines()[-1] == "[]"
