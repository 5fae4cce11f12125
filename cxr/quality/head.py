"""The quality check after the network has run: may this film be scored, judging by the trunk's features?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.quality.check import QualityCheck, Refusal, RefusalCode

Array = npt.NDArray[np.float32]

GRID = 3
"""Regions per side over which features are averaged: top and bottom, left and right stay apart."""

SENTENCES = {
    RefusalCode.NOT_CHEST: "This does not look like a frontal chest film. If it is one, a reader can have it "
    "scored anyway; otherwise add the intended film.",
    RefusalCode.LATERAL: "This looks like a lateral view, and the model scores frontal films only. Add the "
    "frontal film of this examination.",
    RefusalCode.INVERTED: "Black and white look exchanged: bones are dark. Invert the film and have it "
    "scored again.",
    RefusalCode.UPSIDE_DOWN: "The film looks upside down. Rotate it, so that the head is at the top, and "
    "have it scored again.",
    RefusalCode.ROTATED: "The film looks rotated onto its side or strongly tilted. Rotate it upright and "
    "have it scored again; a tilted film must be straightened and exported again.",
    RefusalCode.CROPPED: "Part of the lungs looks cut off. Export the whole film, with both lungs from apex "
    "to diaphragm.",
    RefusalCode.MULTIPLE_IMAGES: "There seems to be more than one film in this picture. Add each film "
    "separately.",
}
"""What is wrong and what to do about it, for each kind that the head can refuse."""


@dataclass(frozen=True, slots=True, eq=False)
class QualityHead:
    """A linear layer over the features of a film's regions, fitted to the network's features.

    Attributes
    ----------
    kinds
        Meaning of the outputs after the first; the first is a film that may be scored.
    mean, deviation
        Mean and deviation of each feature over the training films, shape (features,).
    weight, bias
        Shapes (features, outputs) and (outputs,).
    threshold
        A film is refused where the log-odds against it are above this.
    """

    kinds: tuple[RefusalCode, ...]
    mean: Array
    deviation: Array
    weight: Array
    bias: Array
    threshold: float

    def __post_init__(self) -> None:
        features, outputs = self.weight.shape
        if self.mean.shape != (features,) or self.deviation.shape != (features,):
            raise ValueError(
                f"The mean and deviation of the quality head do not match its {features} features."
            )
        if self.bias.shape != (outputs,) or outputs != len(self.kinds) + 1:
            raise ValueError(
                f"The quality head has {outputs} outputs; {len(self.kinds)} kinds need {len(self.kinds) + 1}."
            )
        if unknown := [kind for kind in self.kinds if kind not in SENTENCES]:
            raise ValueError(f"The quality head cannot refuse for {', '.join(unknown)}.")


def region_features(maps: Array) -> Array:
    """Average feature maps (films, channels, rows, columns) over a grid of regions.

    Returns
    -------
    Shape (films, channels * GRID * GRID). Regions consist of whole cells and may share one.
    """
    rows, columns = maps.shape[2:]
    regions = [
        maps[:, :, top:bottom, left:right].mean(axis=(2, 3))
        for top, bottom in _edges(rows)
        for left, right in _edges(columns)
    ]
    features: Array = np.concatenate(regions, axis=1)
    return features


def log_odds(features: Array, head: QualityHead) -> tuple[Array, npt.NDArray[np.intp]]:
    """Compute the log-odds that films must not be scored.

    Parameters
    ----------
    features
        Shape (films, features), from `region_features`.

    Returns
    -------
    The log-odds, shape (films,), and the index in `kinds` of the most likely reason, shape (films,).
    """
    outputs = (features - head.mean) / head.deviation @ head.weight + head.bias
    junk = outputs[:, 1:]
    against: Array = np.logaddexp.reduce(junk, axis=1) - outputs[:, 0]
    return against, junk.argmax(axis=1)


def check_features(features: Array, head: QualityHead) -> list[QualityCheck]:
    """Check from the features, shape (films, features), whether each film may be scored."""
    against, likeliest = log_odds(features, head)
    return [
        _refused(head.kinds[place]) if odds > head.threshold else QualityCheck()
        for odds, place in zip(against, likeliest, strict=True)
    ]


def _refused(kind: RefusalCode) -> QualityCheck:
    return QualityCheck((Refusal(kind, SENTENCES[kind]),))


def _edges(cells: int) -> list[tuple[int, int]]:
    return [(place * cells // GRID, -(-(place + 1) * cells // GRID)) for place in range(GRID)]
