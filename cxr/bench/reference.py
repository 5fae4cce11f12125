"""The pipeline that a peer writes from the packages' own examples: what ours is held against."""

import copy
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from cxr.model.bundle import Bundle
from cxr.model.preprocess import to_input


class PlainPipeline:
    """One film at a time: decode, forward pass, Grad-CAM by its package.

    The same layers, one by one and in torch's usual layout, the same input, as many threads;
    nothing is slowed down.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._preprocessing = bundle.card.preprocessing
        self._network = _plain_network(bundle)
        self._cam = GradCAM(self._network, [self._network.get_submodule("0")])

    def score(self, path: Path, frugal: bool = False) -> tuple[float, npt.NDArray[np.float32]]:
        """Give a film's logit and heat map.

        Parameters
        ----------
        frugal
            Take the logit from Grad-CAM's own forward pass, which spares another.
        """
        size = self._preprocessing.size
        squashed = plain_picture(path).resize((size, size), Image.Resampling.BILINEAR)
        batch = to_input(np.asarray(squashed)[None], self._preprocessing).contiguous()
        if not frugal:
            with torch.no_grad():
                logit = float(self._network(batch))
        heat = self._cam(batch, [ClassifierOutputTarget(0)])[0]
        return (float(self._cam.outputs.detach()) if frugal else logit), heat


def plain_picture(path: Path) -> Image.Image:
    """Open a film as a grey picture of 8 bits, at its full size."""
    data = path.read_bytes()
    if data[128:132] != b"DICM":
        return Image.open(BytesIO(data)).convert("L")
    dataset = dcmread(BytesIO(data))
    values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset).astype(np.float32)
    shades = (values - values.min()) / max(1.0, float(np.ptp(values)))
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shades = 1 - shades
    return Image.fromarray((255 * shades).astype(np.uint8))


def can_read(path: Path) -> bool:
    """Whether the plain pipeline reads a film."""
    try:
        return plain_picture(path).mode == "L"
    except Exception:  # it knows no kinds of errors: whatever fails is left out on both sides
        return False


def _plain_network(bundle: Bundle) -> nn.Sequential:
    trunk = copy.deepcopy(bundle.network.trunk)
    for weight in trunk.parameters():
        weight.data = weight.data.contiguous()
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *bundle.network.head)
    return nn.Sequential(trunk, head).eval()
