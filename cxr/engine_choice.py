"""Which engine serves: by the settings and the model's card, the same one at every start."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.engines import make_engine, may_use_bfloat16
from cxr.model.identity import Library
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision
from cxr.model.site_profile import at_site
from cxr.model.threads import ALL
from cxr.screening import Screener

log = logging.getLogger(__name__)


class EngineSettings(Protocol):
    """The settings that decide on the engine."""

    @property
    def engine(self) -> Literal["auto", "torch", "openvino"]:
        """Library that computes the trunk; `auto`: OpenVINO if it is installed."""

    @property
    def precision(self) -> Literal["auto", "float32"]:
        """Precision of the trunk; `auto`: that of the model's card, if this processor has units for it."""

    @property
    def batch_size(self) -> int:
        """Films in one batch."""

    @property
    def prevalence(self) -> float:
        """Share of films with pneumonia."""

    @property
    def site_profile(self) -> Path | None:
        """File of the site profile; None: the bundle's own operating points."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine and why it was chosen, in one sentence."""

    engine: Engine
    why: str

    @property
    def sentence(self) -> str:
        """The engine, and why."""
        return f"Films are scored by {self.engine.identity}. {self.why}"


def open_screener(bundle: Bundle, settings: EngineSettings, threads: int = ALL) -> Screener:
    """Put a bundle to work in the engine that the settings and its card ask for; the choice is logged.

    Raises
    ------
    ImportError
        If the settings ask for OpenVINO and it is not installed.
    ProfileError
        If the settings name a site profile that cannot be used with this bundle.
    """
    bundle = at_site(bundle, settings.site_profile)
    choice = choose_engine(bundle, settings, threads)
    # The first pass is several times slower than the next, and no user should wait for it.
    size = bundle.card.preprocessing.size
    choice.engine.run(np.zeros((1, size, size), np.uint8), threads)
    log.info(choice.sentence)
    return Screener(
        *(bundle, settings.batch_size, settings.prevalence, choice.engine, threads), why=choice.sentence
    )


def choose_engine(bundle: Bundle, settings: EngineSettings, threads: int = ALL) -> Choice:
    """Choose an engine by the settings and the card; nothing is measured.

    Raises
    ------
    ImportError
        If the settings ask for OpenVINO and it is not installed.
    """
    library = _library(settings)
    precision, why = _precision(bundle, settings, library)
    return Choice(make_engine(bundle, library, precision, threads), why)


def _precision(bundle: Bundle, settings: EngineSettings, library: Library) -> tuple[Precision, str]:
    """The precision to compute in, and why."""
    allowed, check = bundle.card.precision, bundle.card.precision_check
    if settings.precision == "float32":
        return Precision.FLOAT32, "CXR_PRECISION asks for float32."
    if check is None or allowed is Precision.FLOAT32:
        return Precision.FLOAT32, f"The model's card asks for {allowed}."
    if not may_use_bfloat16(library):
        return Precision.FLOAT32, f"The model's card allows {allowed}, for which this machine has no units."
    return allowed, f"The model's card allows {allowed}: {check}."


def _library(settings: EngineSettings) -> Library:
    if settings.engine == "auto":
        return Library.OPENVINO if openvino_is_installed() else Library.TORCH
    if settings.engine == "openvino" and not openvino_is_installed():
        raise ImportError(
            "CXR_ENGINE asks for OpenVINO, which is not installed: install it with "
            "pip install -e '.[openvino]', or set CXR_ENGINE=torch."
        )
    return Library(settings.engine)
