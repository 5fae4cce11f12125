"""Which engine serves: the faster of float32 and bfloat16, where both say the same of the check films."""

import logging
import time
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from cxr.check_films import check_films
from cxr.gate.head import judge, region_features
from cxr.model.activation import Activation
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.engines import Library, make_engine, may_use_bfloat16
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision
from cxr.model.score import calibrate
from cxr.model.threads import ALL
from cxr.screening import Screener

log = logging.getLogger(__name__)

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
    return Screener(bundle, settings.batch_size, settings.prevalence, choice.engine, threads)


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
    slow, expected = _measure(exact, films, threads)
    faster = make_engine(bundle, library, Precision.BFLOAT16, threads)
    quick, found = _measure(faster, films, threads)
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
    bundle: Bundle, expected: Activation, found: Activation, prevalence: float | None = None
) -> Difference:
    """Compare what is said of films, read as each population, by two passes over the same films."""
    admitted, now = (judge(region_features(one.maps), bundle.gate) for one in (expected, found))
    flags, probabilities = [a != b for a, b in zip(admitted, now, strict=True)], [0.0]
    for place, admission in enumerate(admitted):
        if not admission.admitted:
            continue
        for population in bundle.card.populations:
            before, after = (
                calibrate(float(logits[place]), population, bundle.card, prevalence)
                for logits in (expected.logits, found.logits)
            )
            flags[place] |= before.points_reached != after.points_reached
            probabilities.append(abs(before.probability - after.probability))
    return Difference(len(admitted), sum(flags), max(probabilities))


def _library(settings: EngineSettings) -> Library:
    if settings.engine == "auto":
        return Library.OPENVINO if openvino_is_installed() else Library.TORCH
    if settings.engine == "openvino" and not openvino_is_installed():
        raise ImportError(
            "CXR_ENGINE asks for OpenVINO, which is not installed: install it with "
            "pip install -e '.[openvino]', or set CXR_ENGINE=torch."
        )
    return Library(settings.engine)


def _measure(engine: Engine, films: npt.NDArray[np.uint8], threads: int) -> tuple[float, Activation]:
    """Milliseconds a film, and what comes out; the first films warm the engine up."""
    engine.run(films[:1], threads)
    started = time.perf_counter()
    activation = engine.run(films, threads)
    return 1000 * (time.perf_counter() - started) / len(films), activation
