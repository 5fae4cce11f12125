"""Fitting the quality head on the features of a finished network."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from cxr.lab.train.quality_examples import Array, Examples
from cxr.quality.check import RefusalCode
from cxr.quality.head import QualityHead, log_odds

KINDS = (
    RefusalCode.NOT_CHEST,
    RefusalCode.LATERAL,
    RefusalCode.INVERTED,
    RefusalCode.UPSIDE_DOWN,
    RefusalCode.ROTATED,
    RefusalCode.CROPPED,
    RefusalCode.MULTIPLE_IMAGES,
)
# At most 1 % may be refused, on other films too: this leaves a small margin.
FALSE_REFUSALS = 0.008
STEPS = 800
BATCH = 512
LEARNING_RATE = 1e-3
SHRINKAGE = 1e-3
# Added to a feature's deviation, so that one that is all but constant is not blown up.
LEAST_DEVIATION = 0.05


def fit_quality_head(
    films: Sequence[Examples], junk: Sequence[Examples], tune: Sequence[Array], seed: int
) -> QualityHead:
    """Fit the head and its threshold.

    Every kind of junk has the same weight within its reason, every reason the same, and films as much as all
    of them.

    Parameters
    ----------
    films, junk
        To fit on.
    tune
        Features of the tuning patients' films, of all and of each large hospital, of each of which about
        `FALSE_REFUSALS` at most are refused: the threshold lies between two films.
    """
    examples = [*films, *junk]
    features = np.concatenate([one.features for one in examples]).astype(np.float32)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(LEAST_DEVIATION)
    counts = [len(one.features) for one in examples]
    says = torch.from_numpy(np.repeat(_says(examples), counts))
    targets = torch.from_numpy(np.repeat([_output(one) for one in examples], counts))
    standard = torch.from_numpy((features - mean) / deviation)
    generator = torch.Generator().manual_seed(seed)
    linear = torch.nn.Linear(features.shape[1], len(KINDS) + 1)
    torch.nn.init.zeros_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    optimizer = torch.optim.Adam(linear.parameters(), LEARNING_RATE)
    for _ in range(STEPS):
        drawn = torch.multinomial(says, BATCH, replacement=True, generator=generator)
        loss = cross_entropy(linear(standard[drawn]), targets[drawn])
        loss = loss + SHRINKAGE * linear.weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    head = QualityHead(
        kinds=KINDS,
        mean=mean,
        deviation=deviation,
        weight=linear.weight.detach().T.contiguous().numpy(),
        bias=linear.bias.detach().numpy(),
        threshold=math.inf,
    )
    against = (log_odds(features, head)[0] for features in tune)
    return replace(head, threshold=max(float(np.quantile(odds, 1 - FALSE_REFUSALS)) for odds in against))


def refused(features: Array, head: QualityHead) -> npt.NDArray[np.bool_]:
    """Which films a head refuses, shape (films,)."""
    return np.asarray(log_odds(features, head)[0] > head.threshold)


def _says(examples: Sequence[Examples]) -> list[float]:
    """Weight of one picture of each of the examples; all of them add up to one."""
    reasons = len({one.code for one in examples} - {None})
    alike = Counter(one.code for one in examples)
    share = {code: 0.5 if code is None else 0.5 / reasons for code in alike}
    return [share[one.code] / alike[one.code] / len(one.features) for one in examples]


def _output(examples: Examples) -> int:
    return 0 if examples.code is None else 1 + KINDS.index(examples.code)
