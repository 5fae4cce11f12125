"""Two trained networks as one: trunks side by side, and a head that gives the mean of their logits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from cxr.lab.train.evidence_films import training_parts
from cxr.lab.train.finish import check_name, versions, write_bundle
from cxr.measure.labels import LabelledFilm
from cxr.model.bundle import Bundle, load_bundle
from cxr.model.card import Card, Preprocessing, StartedFrom, Training
from cxr.model.network import CxrNet
from cxr.model.trunk import TRUNK_CHANNELS, single_trunks


def join(
    folders: tuple[Path, Path],
    joined: Path,
    films: Sequence[LabelledFilm],
    junk_folder: Path,
    share: float,
    command: str,
) -> Card:
    """Join two bundles into a third, with operating points and quality check of its own.

    Parameters
    ----------
    films
        All films of the labels file that both were trained on.
    share
        Weight of the first network's logit in the mean.
    command
        What the card says about how this was done.

    Raises
    ------
    BundleError
        Where a folder holds no complete bundle.
    LabelsError
        Where the films are not those that the bundles were trained on.
    ValueError
        Where the bundles were trained on different films or take films of different sizes, and where no
        bundle may have the name.
    NotSeparableError
        Where no operating points keep their promise: nothing is written.
    """
    check_name(joined)
    first, second = (load_bundle(folder) for folder in folders)
    training = first.card.training
    if training.data_sha256 != second.card.training.data_sha256:
        raise ValueError(
            f"{first.version} and {second.version} were trained on different films: what one was calibrated "
            "on, the other may have learnt by heart. Train them with the same labels and sources."
        )
    preprocessing = _preprocessing(first, second)
    network = side_by_side(first, second, share)
    parts = training_parts(films, first.card)
    return write_bundle(
        joined,
        network,
        preprocessing,
        parts,
        Training(
            command=command,
            seed=second.card.training.seed,
            data_sha256=training.data_sha256,
            epochs=0,
            best_epoch=0,
            films=training.films,
            versions=versions(),
            licence=training.licence,
            started_from=tuple(
                StartedFrom(version=one.version, training=one.card.training) for one in (first, second)
            ),
            sources=training.trained_on,
        ),
        junk_folder,
    )


def side_by_side(first: Bundle, second: Bundle, share: float = 0.5) -> CxrNet:
    """Join two networks.

    Its logit is the mean of theirs, each times the mean slope of its own calibration, so that neither counts
    for more because its logits are spread wider. Lungs are found by the first that can.
    """
    bundles = (first, second)
    networks = [one.network for one in bundles]
    joined = CxrNet(
        hidden=sum(one.hidden for one in networks),
        trunks=[name for one in networks for name in one.trunk_names],
        lungs=any(one.lungs is not None for one in networks),
    )
    theirs = [trunk for one in networks for trunk in single_trunks(one.trunk)]
    with torch.no_grad():
        for mine, trunk in zip(single_trunks(joined.trunk), theirs, strict=True):
            mine.load_state_dict(trunk.state_dict())
        weights = [_slope(one) * part for one, part in zip(bundles, (share, 1 - share), strict=True)]
        _join_heads(joined, networks, weights)
        _join_lungs(joined, networks)
    return joined.eval().requires_grad_(False)


def _slope(bundle: Bundle) -> float:
    return float(np.mean([one.calibration.slope for one in bundle.card.populations.values()]))


def _join_heads(joined: CxrNet, networks: Sequence[CxrNet], weights: Sequence[float]) -> None:
    heads = [one.head.state_dict() for one in networks]
    joined.head.load_state_dict(
        {
            "0.weight": torch.block_diag(*(head["0.weight"] for head in heads)),
            "0.bias": torch.cat([head["0.bias"] for head in heads]),
            "3.weight": torch.cat(
                [w * head["3.weight"] for w, head in zip(weights, heads, strict=True)], dim=1
            ),
            "3.bias": sum(
                (w * head["3.bias"] for w, head in zip(weights, heads, strict=True)), torch.zeros(1)
            ),
        }
    )


def _join_lungs(joined: CxrNet, networks: Sequence[CxrNet]) -> None:
    first = 0
    for one in networks:
        if one.lungs is not None and joined.lungs is not None:
            weight = torch.zeros_like(joined.lungs.weight)
            weight[:, first : first + one.lungs.in_channels] = one.lungs.weight
            joined.lungs.load_state_dict(one.lungs.state_dict() | {"weight": weight})
            return
        first += TRUNK_CHANNELS * len(one.trunk_names)


def _preprocessing(first: Bundle, second: Bundle) -> Preprocessing:
    one, other = first.card.preprocessing, second.card.preprocessing
    if (one.size, one.slope_limit) != (other.size, other.slope_limit):
        raise ValueError(
            f"{first.version} takes films of {one.size} pixels with slopes of at most {one.slope_limit:g}, "
            f"{second.version} of {other.size} with {other.slope_limit:g}: train them alike."
        )
    return Preprocessing(
        size=one.size, slope_limit=one.slope_limit, grey_levels=(*one.grey_levels, *other.grey_levels)
    )
