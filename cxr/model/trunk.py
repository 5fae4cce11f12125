"""MobileNetV2's trunk for one grey channel, at output stride 16.

Sandler et al.: MobileNetV2, Inverted Residuals and Linear Bottlenecks (2018). Layers have torchvision's
names and order, so that its weights fit; torchvision itself takes as long to import as torch does, and the
app does without.
"""

import torch
from torch import nn

TRUNK_CHANNELS = 1280
OUTPUT_STRIDE = 16
STEM_CHANNELS = 32
# The paper's table 2: expansion, channels, blocks, stride of the first block. Only the last stride differs:
# the last stage keeps its resolution. It is not dilated for that: a step would take 1.13 of the time.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 1),
    (6, 320, 1, 1),
)


class Float32Conv2d(nn.Conv2d):
    """A convolution that stays in float32 under autocast.

    The backward pass of strided depthwise convolutions in bfloat16 has no fast kernel on a CPU: with
    these few layers in float32 a training step takes about 0.6 of the time.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve (films, channels, height, width) in float32."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


class InvertedResidual(nn.Module):
    """Widen, convolve each channel alone, narrow; added to the input where the two have one shape."""

    def __init__(self, channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.use_res_connect = stride == 1 and channels == out_channels
        self.conv = nn.Sequential(
            *([] if expansion == 1 else [_normed(nn.Conv2d(channels, wide, 1, bias=False))]),
            _normed(_depthwise(wide, stride)),
            nn.Conv2d(wide, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give (films, out_channels, height, width), of half the height and width at stride 2."""
        out: torch.Tensor = self.conv(x)
        return x + out if self.use_res_connect else out


def mobilenet_v2_trunk() -> nn.Sequential:
    """Build the trunk, with random weights drawn as torchvision draws them."""
    layers: list[nn.Module] = [_normed(nn.Conv2d(1, STEM_CHANNELS, 3, stride=2, padding=1, bias=False))]
    channels = STEM_CHANNELS
    for expansion, out_channels, blocks, first_stride in STAGES:
        for block in range(blocks):
            stride = 1 if block else first_stride
            layers.append(InvertedResidual(channels, out_channels, stride, expansion))
            channels = out_channels
    layers.append(_normed(nn.Conv2d(channels, TRUNK_CHANNELS, 1, bias=False)))
    trunk = nn.Sequential(*layers)
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    return trunk


def _normed(conv: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU6(inplace=True))


def _depthwise(channels: int, stride: int) -> nn.Conv2d:
    kind = nn.Conv2d if stride == 1 else Float32Conv2d
    return kind(channels, channels, 3, stride, padding=1, groups=channels, bias=False)
