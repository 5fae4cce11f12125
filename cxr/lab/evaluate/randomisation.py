"""Does the heat map depend on what the network learned?

Adebayo et al.: Sanity checks for saliency maps (2018). Weights are made random from the head downwards; a
map that stays the same shows the film and not the reason for the score.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata
from torch import nn

from cxr.evidence.shortcuts import MapLikeness, Randomisation, Randomised, RandomPart
from cxr.explain.gradcam import grad_cam
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import REPEATS, Array, Patient, bootstrap, mean_of
from cxr.model.card import Preprocessing, TrunkName
from cxr.model.engine import Engine
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input
from cxr.model.trunk import single_trunks

Maps = npt.NDArray[np.float32]
Films = npt.NDArray[np.uint8]

# One random network can be like the true one, or its opposite, by chance.
DRAWS = 3
# The trunk's blocks from here on have the resolution of the map.
LAST_STAGE: dict[TrunkName, int] = {"mobilenet_v2": 14, "efficientnet_lite0": 12}
BATCH = 16
# Films by which the batch norms of random layers find their scale.
SCALE_FILMS = 64


def randomise(
    films: Sequence[LabelledFilm],
    resized: Films,
    network: CxrNet,
    preprocessing: Preprocessing,
    advance: Callable[[int], None],
    repeats: int = REPEATS,
    seed: int = 0,
) -> Randomisation:
    """Compare the maps of a network, which stays as it is, with those of random ones.

    Intervals are by bootstrap over patients, for the mean over the random networks that were drawn.

    Parameters
    ----------
    resized
        Pixels of the films, shape (films, size, size).
    advance
        Called with films run through a network; there are `1 + len(RandomPart) * DRAWS` networks.
    """
    true = _maps(copy.deepcopy(network), resized, preprocessing, advance)
    warm = true.max(axis=(1, 2)) > 0
    patients = [film.patient for film, has_heat in zip(films, warm, strict=True) if has_heat]

    def likeness(drawn: Sequence[Maps]) -> MapLikeness:
        correlations = np.stack([rank_correlation(true[warm], maps[warm]) for maps in drawn])
        columns = {
            "rank_correlation": correlations.mean(axis=0),
            "absolute_correlation": np.abs(correlations).mean(axis=0),
            "similarity": np.stack([similarity(true[warm], maps[warm]) for maps in drawn]).mean(axis=0),
        }
        metrics = {name: mean_of(column) for name, column in columns.items()}
        return MapLikeness(**bootstrap(patients, metrics, repeats))

    parts = []
    for part in RandomPart:
        networks = (randomised(network, part, resized, preprocessing, seed + i) for i in range(DRAWS))
        found = likeness([_maps(drawn, resized, preprocessing, advance) for drawn in networks])
        parts.append(Randomised(part, found, found.negligible))
    other = true.copy()
    other[warm] = true[warm][_next_patient(patients)]
    return Randomisation(len(patients), len(set(patients)), DRAWS, likeness([other]), tuple(parts))


def randomised(
    network: CxrNet, part: RandomPart, resized: Films, preprocessing: Preprocessing, seed: int
) -> CxrNet:
    """Copy a network with part of its weights drawn again at random, and refit its batch norms on films."""
    copied = copy.deepcopy(network).cpu()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in (*copied.head.modules(), *_layers(copied, part)):
            if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                layer.reset_parameters()
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = 1.0
                layer.train()
        with torch.no_grad():
            copied.trunk(to_input(resized[:SCALE_FILMS], preprocessing))
    return copied.eval()


def _layers(network: CxrNet, part: RandomPart) -> Iterator[nn.Module]:
    """Layers of the trunks that are drawn again."""
    if part is RandomPart.HEAD:
        return
    for name, trunk in zip(network.trunk_names, single_trunks(network.trunk), strict=True):
        first = 0 if part is RandomPart.EVERYTHING else LAST_STAGE[name]
        for block in islice(trunk.children(), first, None):
            yield from block.modules()


def rank_correlation(true: Maps, other: Maps) -> Array:
    """Spearman's correlation of maps of shape (films, rows, columns), film by film; 0 where one is even."""
    ranks = [rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (true, other)]
    a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    correlation: Array = np.divide((a * b).sum(axis=1), scale, out=np.zeros(len(true)), where=scale > 0)
    return correlation


def similarity(true: Maps, other: Maps) -> Array:
    """Mean structural similarity of maps of shape (films, rows, columns), each scaled to a maximum of 1."""
    a, b = (maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12) for maps in (true, other))
    mean_a, mean_b = _window(a), _window(b)
    spread_a, spread_b = _window(a * a) - mean_a**2, _window(b * b) - mean_b**2
    joint = _window(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    structure = (2 * joint + 0.03**2) / (spread_a + spread_b + 0.03**2)
    alike: Array = (luminance * structure).mean(axis=(1, 2), dtype=np.float64)
    return alike


def _window(maps: Maps) -> Maps:
    smooth: Maps = gaussian_filter(maps, sigma=(0, 1.5, 1.5))
    return smooth


def _maps(
    network: CxrNet, resized: Films, preprocessing: Preprocessing, advance: Callable[[int], None]
) -> Maps:
    engine = Engine(network, preprocessing)
    maps = []
    for start in range(0, len(resized), BATCH):
        batch = resized[start : start + BATCH]
        maps.append(grad_cam(engine.run(batch)))
        advance(len(batch))
    return np.concatenate(maps)


def _next_patient(patients: Sequence[Patient]) -> list[int]:
    """For each film the place of the next film of another patient; its own where there is none."""
    count = len(patients)
    around = [[(place + step) % count for step in range(1, count)] for place in range(count)]
    return [
        next((other for other in others if patients[other] != patients[place]), place)
        for place, others in enumerate(around)
    ]
