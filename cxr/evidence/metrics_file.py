"""Everything measured on a bundle: `metrics.json` beside its card."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from cxr.evidence.as_json import AsJson
from cxr.evidence.evaluation import Evaluation
from cxr.evidence.heat_comparison import HeatComparison
from cxr.evidence.quality_evidence import QualityEvidence
from cxr.evidence.shortcuts import Audit
from cxr.evidence.stress import Stress

METRICS, MODEL_CARD = "metrics.json", "MODEL_CARD.md"
SETS = {
    "holdout": ("kept out of training", "patients of the training hospitals; nothing was chosen by them"),
    "external": ("other hospitals", "looked at, never trained on or chosen by"),
    "val": ("official validation splits", "of the training sources; never trained on or chosen by"),
    "tune": ("used for choices", "epoch, calibration, operating points, scale of the heat map"),
}
"""The sets of films: what they are, and what was done with them."""
Measured = TypeVar("Measured")
MEASURE_IT = "Measure the model with 'python -m cxr evidence'."


class EvidenceError(Exception):
    """Evidence that is missing, cannot be read or is of another model, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Evidence(AsJson):
    """What was measured of one version of a bundle; None where it has not been.

    Attributes
    ----------
    tune, holdout
        Parts of the training split, by patient: every choice was made on `tune`, none on `holdout`.
    val
        The official validation splits of the sources, of which nothing was trained on or chosen by.
    external
        Other hospitals: looked at, never trained on.
    """

    bundle: str
    tune: Evaluation
    holdout: Evaluation
    val: Evaluation | None = None
    external: Evaluation | None = None
    stress: Stress | None = None
    audit: Audit | None = None
    heat_comparison: HeatComparison | None = None
    quality: Annotated[QualityEvidence | None, Field(alias="gate")] = None

    def __post_init__(self) -> None:
        measured = (*self.sets.values(), self.stress, self.audit)
        others = {found.bundle for found in measured if found} - {self.bundle}
        if others:
            raise ValueError(f"Evidence of {self.bundle} holds figures of {', '.join(sorted(others))}.")

    @property
    def sets(self) -> dict[str, Evaluation]:
        """The evaluations that there are, by the name of their films."""
        found = {name: getattr(self, name) for name in SETS}
        return {name: evaluation for name, evaluation in found.items() if evaluation}


def read_evidence(bundle: Path) -> Evidence:
    """Read the evidence of a bundle from its folder.

    Raises
    ------
    EvidenceError
        Where there is none, or another version of this program wrote it.
    """
    return read_measured(bundle / METRICS, _parsed, MEASURE_IT)


@lru_cache(maxsize=1)
def _parsed(content: bytes) -> Evidence:
    """Parse evidence, once for all pages that show it: it takes longer than to draw one."""
    return Evidence.from_json(content)


def read_measured(path: Path, parse: Callable[[bytes], Measured], measure_it: str) -> Measured:
    """Read what was measured once and kept as JSON.

    Parameters
    ----------
    parse
        Makes it of the JSON, or raises pydantic's `ValidationError`.
    measure_it
        How to measure it, in one sentence.

    Raises
    ------
    EvidenceError
        Where there is nothing, or another version of this program wrote it.
    """
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise EvidenceError(f"Nothing was measured yet: {path} is missing. {measure_it}") from error
    except ValidationError as error:
        raise EvidenceError(f"{path} was written by another version of this program. {measure_it}") from error
