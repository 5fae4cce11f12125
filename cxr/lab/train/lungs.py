"""Where the lungs are: outlines drawn by people, and the loss of the layer that predicts them.

With outlines of a part of the films the network learns to find lungs in all of them: an auxiliary task on the
same maps, after which heat outside the lungs can be penalised on films that nobody outlined.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d, binary_cross_entropy_with_logits

from cxr.measure.labels import LabelledFilm

SIDE = 112
"""Pixels of a side of an outline in memory: half of a film's."""
OUTSIDE, LUNG, UNKNOWN = 0, 1, 2
# Their publisher left the lung behind the heart out; nobody knows where it ends.
WITHOUT_HEART = frozenset({"jsrt"})

Outlines = dict[Path, npt.NDArray[np.uint8]]


def read_outlines(films: Sequence[LabelledFilm], labels: Path, folder: Path) -> Outlines:
    """Read the outlines of those films that have one, shape (SIDE, SIDE), of the film resized to a square.

    Parameters
    ----------
    labels
        The labels file: an outline lies in `folder` where its film lies beside this file.
    """
    found: Outlines = {}
    for film in films:
        path = (folder / film.path.relative_to(labels.parent)).with_suffix(".png")
        if path.is_file():
            with Image.open(path) as image:
                resized = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
            outline = (np.asarray(resized) >= 128).astype(np.uint8)
            found[film.path] = _without_heart(outline) if film.source in WITHOUT_HEART else outline
    return found


def _without_heart(outline: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Mark as unknown the pixels between the outermost lung pixels of a row that are not lung."""
    lung = outline == LUNG
    after = np.logical_or.accumulate(lung, axis=1)
    before = np.logical_or.accumulate(lung[:, ::-1], axis=1)[:, ::-1]
    return np.where(after & before & ~lung, UNKNOWN, outline).astype(np.uint8)


def outline_maps(films: Sequence[LabelledFilm], outlines: Outlines) -> torch.Tensor:
    """Lung and known, 0 or 1, shape (films, 2, SIDE, SIDE); nothing is known of a film without outline."""
    maps = torch.zeros(len(films), 2, SIDE, SIDE)
    for place, film in enumerate(films):
        if (outline := outlines.get(film.path)) is not None:
            maps[place, 0] = torch.from_numpy(outline == LUNG)
            maps[place, 1] = torch.from_numpy(outline != UNKNOWN)
    return maps


def outline_loss(logits: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and Dice's loss of predicted lungs, on the cells that are known.

    Parameters
    ----------
    logits
        Shape (films, 1, rows, columns).
    maps
        Lung and known, from 0 to 1, shape (films, 2, height, width).
    """
    lung, known = adaptive_avg_pool2d(maps, (logits.shape[2], logits.shape[3])).split(1, dim=1)
    if not bool(known.any()):
        return logits.sum() * 0
    target = (lung / known.clamp_min(1e-3)).clamp(0, 1)
    cross_entropy = binary_cross_entropy_with_logits(logits, target, weight=known, reduction="sum")
    overlap = (logits.sigmoid() * target * known).sum()
    sizes = ((logits.sigmoid() + target) * known).sum()
    loss: torch.Tensor = cross_entropy / known.sum() + 1 - 2 * overlap / sizes.clamp_min(1e-3)
    return loss
