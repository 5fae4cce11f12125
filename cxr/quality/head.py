"""May this film be scored? What the trunk's features say after the network has run."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxr.quality.check import QualityCheck, Refusal, RefusalCode

Array = npt.NDArray[np.float32]

GRID = 3
"""A film's features are averaged over so many regions a side: top and bottom, left and right stay apart."""

SENTENCES = {
    RefusalCode.NOT_CHEST: "This does not look like a frontal chest film. If it is one, read it without the "
    "network; else hand in the film that was meant.",
    RefusalCode.LATERAL: "This looks like a side view, and the network knows frontal films only. Hand in the "
    "frontal film of this examination.",
    RefusalCode.INVERTED: "Black and white look exchanged: bones are dark. Turn the film round, or export it "
    "again as it is seen on the viewer.",
    RefusalCode.UPSIDE_DOWN: "The film looks upside down. Turn it in the viewer, so that the head is on top, "
    "and export it again.",
    RefusalCode.ROTATED: "The film looks turned on its side or tilted far. Turn it upright in the viewer and "
    "export it again.",
    RefusalCode.CROPPED: "Part of the lungs looks cut off. Export the whole film, with both lungs from apex "
    "to diaphragm.",
    RefusalCode.MULTIPLE_IMAGES: "There seems to be more than one film on this picture. Hand in each film by "
    "itself.",
}
"""What is wrong and what to do about it, for each kind that a head may refuse."""


@dataclass(frozen=True, slots=True, eq=False)
class GateHead:
    """A linear layer over the features of a film's regions, fitted with the network.

    Attributes
    ----------
    kinds
        What the outputs after the first stand for; the first is a film that may be scored.
    mean, deviation
        Of each feature on training films, shape (features,).
    weight, bias
        Shapes (features, outputs) and (outputs,).
    threshold
        A film is refused where the log-odds against it lie above this.
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
            raise ValueError(f"The gate's mean and deviation are not of its {features} features.")
        if self.bias.shape != (outputs,) or outputs != len(self.kinds) + 1:
            raise ValueError(f"The gate's {outputs} outputs are not one film and {len(self.kinds)} kinds.")
        if unknown := [kind for kind in self.kinds if kind not in SENTENCES]:
            raise ValueError(f"The gate's head cannot refuse for {', '.join(unknown)}.")


def region_features(maps: Array) -> Array:
    """Average feature maps (films, channels, rows, columns) over a grid of regions.

    Returns
    -------
    Shape (films, channels * GRID * GRID). Regions meet at whole cells and may share one.
    """
    rows, columns = maps.shape[2:]
    regions = [
        maps[:, :, top:bottom, left:right].mean(axis=(2, 3))
        for top, bottom in _edges(rows)
        for left, right in _edges(columns)
    ]
    features: Array = np.concatenate(regions, axis=1)
    return features


def log_odds(features: Array, head: GateHead) -> tuple[Array, npt.NDArray[np.intp]]:
    """Weigh films against junk.

    Parameters
    ----------
    features
        Shape (films, features), from `region_features`.

    Returns
    -------
    Log-odds that a film must not be scored, shape (films,), and the place in `kinds` of the likeliest
    reason, shape (films,).
    """
    outputs = (features - head.mean) / head.deviation @ head.weight + head.bias
    junk = outputs[:, 1:]
    against: Array = np.logaddexp.reduce(junk, axis=1) - outputs[:, 0]
    return against, junk.argmax(axis=1)


def check_features(features: Array, head: GateHead) -> list[QualityCheck]:
    """Ask of each film whether its score may be used, by its features of shape (films, features)."""
    against, likeliest = log_odds(features, head)
    return [
        _refused(head.kinds[place]) if odds > head.threshold else QualityCheck()
        for odds, place in zip(against, likeliest, strict=True)
    ]


def _refused(kind: RefusalCode) -> QualityCheck:
    return QualityCheck((Refusal(kind, SENTENCES[kind]),))


def _edges(cells: int) -> list[tuple[int, int]]:
    return [(place * cells // GRID, -(-(place + 1) * cells // GRID)) for place in range(GRID)]
