"""The plain pipeline, written from the packages' own examples, that this program is compared with."""

from copy import deepcopy
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from torch import nn

from cxr.model.bundle import Bundle
from cxr.model.preprocess import to_input


class PlainPipeline:
    """One film at a time: decode, eager forward pass, Grad-CAM from its package.

    Same weights and input, the same number of threads, torch's default memory layout; nothing is slowed
    down on purpose.
    """

    def __init__(self, bundle: Bundle) -> None:
        # The package takes seconds to import, and whoever asks `can_read` needs none of it.
        from pytorch_grad_cam import GradCAM
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        self._preprocessing = bundle.card.preprocessing
        trunk = deepcopy(bundle.network.trunk).requires_grad_(True)
        for weight in trunk.parameters():
            weight.data = weight.data.contiguous()
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *deepcopy(bundle.network.head))
        self._network = nn.Sequential(trunk, head).eval()
        self._cam = GradCAM(self._network, [trunk])
        self._targets = [ClassifierOutputTarget(0)]

    def score(self, path: Path, frugal: bool = False) -> tuple[float, npt.NDArray[np.float32]]:
        """Return a film's logit and heat map.

        Parameters
        ----------
        frugal
            Take the logit from Grad-CAM's own forward pass, which saves another one.
        """
        size = self._preprocessing.size
        resized = plain_picture(path).resize((size, size), Image.Resampling.BILINEAR)
        batch = to_input(np.asarray(resized)[None], self._preprocessing).contiguous()
        if not frugal:
            with torch.no_grad():
                logit = float(self._network(batch))
        heat = self._cam(batch, self._targets)[0]
        return (float(self._cam.outputs.detach()) if frugal else logit), heat


def plain_picture(path: Path) -> Image.Image:
    """Open a film as an 8-bit grey picture at its full size."""
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
    """Return whether the plain pipeline reads a film."""
    try:
        return plain_picture(path).mode == "L"
    except Exception:  # it has no error types of its own: a film that fails is left out on both sides
        return False
