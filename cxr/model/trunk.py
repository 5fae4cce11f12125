"""The trunks for one grey channel, at output stride 16: MobileNetV2 and EfficientNet-Lite0.

Sandler et al.: MobileNetV2, Inverted Residuals and Linear Bottlenecks (2018). Tan, Le: EfficientNet (2019),
in the Lite variant without squeeze-and-excitation and with ReLU6. Both are a stem, stages of inverted
residuals and a last convolution to 1280 channels; their layers have torchvision's names and order, so that
its weights fit; torchvision itself takes as long to import as torch does, and the app does without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import conv2d, pad

from cxr.model.card import TrunkName

TRUNK_CHANNELS = 1280
OUTPUT_STRIDE = 16
STEM_CHANNELS = 32
STEM_STRIDE = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Inverted residuals of one width; only the first block changes channels and resolution."""

    expansion: int
    channels: int
    blocks: int
    stride: int
    kernel: int = 3


@dataclass(frozen=True, slots=True)
class _Plan:
    """What distinguishes one trunk from another.

    `dilated` keeps the features of ImageNet where the last stride is left out: the layers after it look at
    every second cell, so that every second cell of the finer map is exactly a cell of the coarse one.
    `padded_late` is TensorFlow's padding of a convolution with stride 2: less before the film than after it.
    The weights of ImageNet were learnt with it. `dropped` is the share of films that skip the last residual
    while training, and proportionally fewer the ones before (Huang et al.: Stochastic depth, 2016).
    """

    stages: tuple[Stage, ...]
    epsilon: float
    dilated: bool = False
    padded_late: bool = False
    dropped: float = 0.0


_PLANS: dict[TrunkName, _Plan] = {
    # The paper's table 2.
    "mobilenet_v2": _Plan(
        stages=(
            Stage(1, 16, 1, 1),
            Stage(6, 24, 2, 2),
            Stage(6, 32, 3, 2),
            Stage(6, 64, 4, 2),
            Stage(6, 96, 3, 1),
            Stage(6, 160, 3, 2),
            Stage(6, 320, 1, 1),
        ),
        epsilon=1e-5,
    ),
    "efficientnet_lite0": _Plan(
        stages=(
            Stage(1, 16, 1, 1),
            Stage(6, 24, 2, 2),
            Stage(6, 40, 2, 2, kernel=5),
            Stage(6, 80, 3, 2),
            Stage(6, 112, 3, 1, kernel=5),
            Stage(6, 192, 4, 2, kernel=5),
            Stage(6, 320, 1, 1),
        ),
        epsilon=1e-3,
        dilated=True,
        padded_late=True,
        dropped=0.2,
    ),
}


class Float32Conv2d(nn.Conv2d):
    """A convolution that stays in float32 under autocast.

    The backward pass of strided depthwise convolutions in bfloat16 has no fast kernel on a CPU: with
    these few layers in float32 a training step takes about 0.6 of the time.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve (films, channels, height, width) in float32."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


class LateConv2d(Float32Conv2d):
    """A convolution padded as TensorFlow pads it for a stride of 2: less before the film than after it.

    Without the stride it looks at the same places. The maps are padded evenly, and the kernel gets zeros
    before it, which a compiler folds into the weights; torch's fails on maps that are padded unevenly.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve (films, channels, height, width) in float32; height and width are even."""
        zeros = 3 - self.stride[0]
        before = (self.kernel_size[0] - 2) // 2
        wider = pad(self.weight.float(), (zeros, 0, zeros, 0))
        with torch.autocast(x.device.type, enabled=False):
            return conv2d(x.float(), wider, None, self.stride, before + zeros, groups=self.groups)


class InvertedResidual(nn.Module):
    """Widen, convolve each channel alone, narrow; added to the input where the two have one shape."""

    def __init__(
        self,
        channels: int,
        out_channels: int,
        stride: int,
        expansion: int,
        kernel: int = 3,
        dilation: int = 1,
        epsilon: float = 1e-5,
        late: bool = False,
        dropped: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropped = dropped
        wide = channels * expansion
        self.use_res_connect = stride == 1 and channels == out_channels
        widen = [] if expansion == 1 else [_normed(nn.Conv2d(channels, wide, 1, bias=False), epsilon)]
        self.conv = nn.Sequential(
            *widen,
            _normed(_depthwise(wide, stride, kernel, dilation, late), epsilon),
            nn.Conv2d(wide, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels, eps=epsilon),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give (films, out_channels, height, width), of half the height and width at stride 2."""
        out: torch.Tensor = self.conv(x)
        if not self.use_res_connect:
            return out
        if self.training and self.dropped:
            kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.dropped
            out = out * kept / (1 - self.dropped)
        return x + out


def build_trunk(name: TrunkName, output_stride: int = OUTPUT_STRIDE) -> nn.Sequential:
    """Build a trunk with random weights, drawn as torchvision draws them.

    Parameters
    ----------
    output_stride
        Pixels of the film for one cell of the last map: 32 as the papers have it, 16 for a finer heat map.
        The weights of one fit the other.
    """
    plan = _PLANS[name]
    stem = LateConv2d if plan.padded_late else nn.Conv2d
    first = stem(1, STEM_CHANNELS, 3, stride=STEM_STRIDE, padding=1, bias=False)
    layers: list[nn.Module] = [_normed(first, plan.epsilon)]
    channels, reached, dilation = STEM_CHANNELS, STEM_STRIDE, 1
    blocks = sum(stage.blocks for stage in plan.stages)
    for stage in plan.stages:
        for block in range(stage.blocks):
            wanted = 1 if block else stage.stride
            stride = wanted if reached * wanted <= output_stride else 1
            shape = (channels, stage.channels, stride, stage.expansion)
            late = plan.padded_late and wanted == 2
            dropped = plan.dropped * (len(layers) - 1) / blocks
            layers.append(InvertedResidual(*shape, stage.kernel, dilation, plan.epsilon, late, dropped))
            reached *= stride
            if plan.dilated and stride != wanted:
                dilation *= wanted
            channels = stage.channels
    layers.append(_normed(nn.Conv2d(channels, TRUNK_CHANNELS, 1, bias=False), plan.epsilon))
    trunk = nn.Sequential(*layers)
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    return trunk


class SideBySide(nn.Sequential):
    """Trunks of which each sees its own channel of a film; their maps are stacked."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give maps (films, maps of all trunks, rows, columns) of films (films, trunks, height, width)."""
        return torch.cat([trunk(x[:, i : i + 1]) for i, trunk in enumerate(self)], dim=1)


def build_trunks(names: Sequence[TrunkName], output_stride: int = OUTPUT_STRIDE) -> nn.Sequential:
    """Build one trunk, or several side by side, with random weights."""
    trunks = [build_trunk(name, output_stride) for name in names]
    return trunks[0] if len(trunks) == 1 else SideBySide(*trunks)


def single_trunks(trunk: nn.Sequential) -> tuple[nn.Module, ...]:
    """List the trunks that stand side by side, or the one that stands alone."""
    return tuple(trunk.children()) if isinstance(trunk, SideBySide) else (trunk,)


def set_output_stride(trunks: nn.Sequential, names: Sequence[TrunkName], output_stride: int) -> None:
    """Give trunks in place the geometry of another output stride; their weights stay."""
    for mine, wanted in zip(trunks.modules(), build_trunks(names, output_stride).modules(), strict=True):
        if isinstance(mine, nn.Conv2d) and isinstance(wanted, nn.Conv2d):
            mine.stride, mine.padding, mine.dilation = wanted.stride, wanted.padding, wanted.dilation


def _normed(conv: nn.Conv2d, epsilon: float) -> nn.Sequential:
    return nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels, eps=epsilon), nn.ReLU6(inplace=True))


def _depthwise(channels: int, stride: int, kernel: int, dilation: int, late: bool) -> nn.Conv2d:
    kind = LateConv2d if late else nn.Conv2d if stride == 1 else Float32Conv2d
    padding = dilation * (kernel // 2)
    return kind(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False)
