"""The process that computes one map with the `grad-cam` package: `python -m cxr.explain.other_maps_child`.

On its standard input it reads a JSON line with method and shape, the activation, shape (channels, rows,
columns), and the derivative of the logit by each channel's average, shape (channels,). It writes the map,
shape (rows, columns), 0 to 1. All arrays are float32.
"""

import json
import os
import sys

import numpy as np
import numpy.typing as npt
import torch
from pytorch_grad_cam import EigenCAM, GradCAMPlusPlus, HiResCAM

from cxr.explain.other_maps import Method

Array = npt.NDArray[np.float32]

CLASSES = {
    Method.HIRESCAM: HiResCAM,
    Method.GRAD_CAM_PLUS_PLUS: GradCAMPlusPlus,
    Method.EIGENCAM: EigenCAM,
}


def compute(method: Method, maps: Array, gradient: Array) -> Array:
    """Compute a map, shape (rows, columns), of one film's activation."""
    _, rows, columns = maps.shape
    gradients = np.broadcast_to(gradient[:, None, None] / np.float32(rows * columns), maps.shape)
    # It has no layers to watch: activation and gradients are at hand.
    package = CLASSES[method](torch.nn.Linear(1, 1), [])
    (cam,) = package.get_cam_image(None, None, None, maps[None], gradients[None], False)
    positive = np.maximum(cam, 0)
    values: Array = (positive / max(positive.max(), np.finfo(np.float32).tiny)).astype(np.float32)
    return values


def main() -> None:
    """Answer the one request."""
    request = json.loads(sys.stdin.buffer.readline())
    channels, rows, columns = request["shape"]
    numbers = np.frombuffer(sys.stdin.buffer.read(), np.float32)
    maps = numbers[: channels * rows * columns].reshape(channels, rows, columns)
    # What the package prints is not part of the map.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers:
        answers.write(compute(Method(request["method"]), maps, numbers[maps.size :]).tobytes())


if __name__ == "__main__":
    main()
