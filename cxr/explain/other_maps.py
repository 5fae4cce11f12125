"""Other maps of the `grad-cam` package, by formula on the activation that the engine computed.

The package brings libraries that take seconds to import and 300 MB: it runs in a child process, which ends
with the map, and only one at a time. No second pass is made: as the network averages its last activation over
the film, the gradient of each cell is that of the average, divided by the number of cells.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

import numpy as np

from cxr.explain.gradcam import HeatMap
from cxr.film.decoding_pool import child_environment
from cxr.model.activation import Activation

SECONDS = 120
"""A child that takes longer is ended."""
NO_OUTLINE = 2.0
"""A contour that no value reaches: the outline belongs to the standard map."""
_one_at_a_time = Lock()


class Method(StrEnum):
    """How a map is made; the standard one is Grad-CAM."""

    HIRESCAM = "HiResCAM"
    GRAD_CAM_PLUS_PLUS = "Grad-CAM++"
    EIGENCAM = "EigenCAM"


class NoMapError(Exception):
    """The child process failed, or took too long."""


@dataclass(frozen=True, slots=True, eq=False)
class OtherMap:
    """A map on a scale of its own: 1 is its hottest cell.

    `seconds` is what it took from the film's file to the map, the start of the child process included.
    """

    heat: HeatMap
    seconds: float


def other_map(activation: Activation, method: Method, started: float) -> OtherMap:
    """Compute a map of one film.

    Parameters
    ----------
    activation
        Of a batch of one.
    started
        When the work on the film began, by `time.perf_counter`.

    Raises
    ------
    NoMapError
        Where the child process fails.
    """
    (maps,), (gradient,) = activation.maps, activation.gradient
    request = json.dumps({"method": method, "shape": maps.shape}).encode() + b"\n"
    try:
        with _one_at_a_time:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "cxr.explain.other_maps_child"],
                env=child_environment(),
                input=request + maps.astype(np.float32).tobytes() + gradient.astype(np.float32).tobytes(),
                capture_output=True,
                timeout=SECONDS,
                check=True,
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoMapError("The process that computes other maps failed.") from error
    values = np.frombuffer(done.stdout, np.float32).reshape(maps.shape[1:])
    return OtherMap(HeatMap(values, NO_OUTLINE, True), time.perf_counter() - started)
