"""Which engine serves: the faster of float32 and bfloat16, where both say the same of the check films."""

import logging
import time
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from cxr.check_films import check_films
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.engines import Library, make_engine, may_use_bfloat16
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision
from cxr.model.score import calibrate
from cxr.model.threads import ALL
from cxr.quality.check import QualityCheck
from cxr.quality.head import check_features, region_features
from cxr.screening import Screener

log = logging.getLogger(__name__)

Films = npt.NDArray[np.uint8]
AT_ONCE = 8
LARGEST_CHANGE = 0.01
"""By so much may a probability move, and no flag may change."""


class EngineSettings(Protocol):
    """What the choice wants to know of the settings."""

    @property
    def engine(self) -> Literal["auto", "torch", "openvino"]:
        """Library that computes the trunk; `auto`: OpenVINO where it is installed."""

    @property
    def precision(self) -> Literal["auto", "float32"]:
        """Numbers that it computes in; `auto`: bfloat16 where that is faster and says the same."""

    @property
    def batch_size(self) -> int:
        """Films in one batch."""

    @property
    def prevalence(self) -> float:
        """Share of films with pneumonia."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine and why it was chosen, in one sentence."""

    engine: Engine
    why: str

    @property
    def sentence(self) -> str:
        """What computes, and why."""
        return f"Films are computed by {self.engine.name}. {self.why}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What an engine says of films: its logits, and whether the gate admits them by its features."""

    logits: tuple[float, ...]
    quality_checks: tuple[QualityCheck, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an engine's answers on the check films are from the exact one's."""

    films: int
    flags: int
    probability: float

    @property
    def allowed(self) -> bool:
        """Whether the answers count as the same."""
        return self.flags == 0 and self.probability <= LARGEST_CHANGE


def open_screener(bundle: Bundle, settings: EngineSettings, threads: int = ALL) -> Screener:
    """Put a bundle to work in the engine that serves best here; what was chosen is logged."""
    choice = choose_engine(bundle, settings, threads)
    log.info(choice.sentence)
    return Screener(
        *(bundle, settings.batch_size, settings.prevalence, choice.engine, threads), why=choice.sentence
    )


def choose_engine(bundle: Bundle, settings: EngineSettings, threads: int = ALL) -> Choice:
    """Choose an engine by measuring both precisions on the check films.

    Raises
    ------
    ImportError
        Where the settings ask for OpenVINO and it is not installed.
    """
    library = _library(settings)
    exact = make_engine(bundle, library, Precision.FLOAT32, threads)
    if settings.precision == "float32":
        return Choice(exact, "CXR_PRECISION asks for float32.")
    if not may_use_bfloat16(library):
        return Choice(exact, "This processor has no bfloat16.")
    films = check_films(bundle.card.preprocessing.size)
    slow, expected = _measure(bundle, exact, films, threads)
    faster = make_engine(bundle, library, Precision.BFLOAT16, threads)
    quick, found = _measure(bundle, faster, films, threads)
    moved = difference(bundle, expected, found, settings.prevalence)
    measured = f"{quick:.1f} ms a film in bfloat16 against {slow:.1f} ms in float32"
    answers = (
        f"of {moved.films} check films {moved.flags} change their flag, and no probability moves by more "
        f"than {moved.probability:.4f}"
    )
    if not moved.allowed:
        return Choice(exact, f"Bfloat16 was refused: {answers}, where {LARGEST_CHANGE} is allowed.")
    if quick >= slow:
        return Choice(exact, f"Bfloat16 is no faster here: {measured}.")
    return Choice(faster, f"It takes {measured}; {answers}.")


def difference(
    bundle: Bundle, expected: Answers, found: Answers, prevalence: float | None = None
) -> Difference:
    """Compare what is said of films, read as each population, by two passes over the same films."""
    both = zip(expected.quality_checks, found.quality_checks, expected.logits, found.logits, strict=True)
    flags, probabilities = 0, [0.0]
    for accepted, now, logit, other in both:
        changed = accepted != now
        if accepted.accepted:
            for population in bundle.card.populations:
                before, after = (
                    calibrate(float(one), population, bundle.card, prevalence) for one in (logit, other)
                )
                changed |= before.points_reached != after.points_reached
                probabilities.append(abs(before.probability - after.probability))
        flags += changed
    return Difference(len(expected.logits), flags, max(probabilities))


def answers(bundle: Bundle, engine: Engine, films: Films, threads: int = ALL) -> Answers:
    """Ask an engine about films, a few at a time: the maps of all would take a hundred megabytes."""
    logits: list[float] = []
    quality_checks: list[QualityCheck] = []
    for start in range(0, len(films), AT_ONCE):
        activation = engine.run(films[start : start + AT_ONCE], threads)
        logits += activation.logits.tolist()
        quality_checks += check_features(region_features(activation.maps), bundle.gate)
    return Answers(tuple(logits), tuple(quality_checks))


def _library(settings: EngineSettings) -> Library:
    if settings.engine == "auto":
        return Library.OPENVINO if openvino_is_installed() else Library.TORCH
    if settings.engine == "openvino" and not openvino_is_installed():
        raise ImportError(
            "CXR_ENGINE asks for OpenVINO, which is not installed: install it with "
            "pip install -e '.[openvino]', or set CXR_ENGINE=torch."
        )
    return Library(settings.engine)


def _measure(bundle: Bundle, engine: Engine, films: Films, threads: int) -> tuple[float, Answers]:
    """Milliseconds a film on all cores, and what is said of the films; the first one warms the engine up."""
    engine.run(films[:1], threads)
    started = time.perf_counter()
    said = answers(bundle, engine, films, threads)
    return 1000 * (time.perf_counter() - started) / len(films), said
