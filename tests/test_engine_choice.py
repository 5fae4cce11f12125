import logging
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from cxr.engine_choice import choose_engine, open_screener
from cxr.model.bundle import Bundle
from cxr.model.card import PrecisionCheck
from cxr.model.engines import may_use_bfloat16
from cxr.model.identity import Library
from cxr.model.openvino_trunk import openvino_is_installed
from cxr.model.precision import Precision


@dataclass(frozen=True)
class Wanted:
    engine: Literal["auto", "torch", "openvino"] = "torch"
    precision: Literal["auto", "float32"] = "auto"
    batch_size: int = 8
    prevalence: float = 0.2
    site_profile: None = None


@pytest.fixture
def rounded(bundle: Bundle) -> Bundle:
    """The shipped bundle with a card that allows bfloat16."""
    check = PrecisionCheck(films=51, flags_changed=0, largest_move=0.0066, engines=("made",))
    decided = {"precision": Precision.BFLOAT16, "precision_check": check}
    return replace(bundle, card=bundle.card.model_copy(update=decided))


def test_the_shipped_card_asks_for_float32(bundle: Bundle) -> None:
    choice = choose_engine(bundle, Wanted())

    assert choice.engine.identity.precision is Precision.FLOAT32
    assert choice.why == "The model's card asks for float32."


def test_bfloat16_is_used_where_the_card_allows_it_and_the_processor_has_units(rounded: Bundle) -> None:
    choice = choose_engine(rounded, Wanted())

    if may_use_bfloat16(Library.TORCH):
        assert choice.engine.identity.precision is Precision.BFLOAT16
        assert "of 51 check films 0 change their flag" in choice.why and "0.0066" in choice.why
    else:
        assert choice.engine.identity.precision is Precision.FLOAT32
        assert choice.why == "The model's card allows bfloat16, for which this machine has no units."


def test_the_settings_can_ask_for_float32_whatever_the_card_allows(rounded: Bundle) -> None:
    choice = choose_engine(rounded, Wanted(precision="float32"))

    assert choice.sentence == f"Films are scored by {choice.engine.identity}. CXR_PRECISION asks for float32."
    assert str(choice.engine.identity).endswith(", float32")


def test_the_settings_can_ask_for_torch(bundle: Bundle) -> None:
    assert choose_engine(bundle, Wanted(engine="torch")).engine.identity.library is Library.TORCH


def test_openvino_is_used_if_it_is_installed(bundle: Bundle) -> None:
    library = Library.OPENVINO if openvino_is_installed() else Library.TORCH

    assert choose_engine(bundle, Wanted(engine="auto")).engine.identity.library is library


def test_the_choice_is_logged_and_shown(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="cxr.engine_choice"):
        screener = open_screener(bundle, Wanted(precision="float32"))

    assert screener.computing == f"Films are scored by {screener.engine}. CXR_PRECISION asks for float32."
    assert screener.engine.precision is Precision.FLOAT32
    assert caplog.messages == [screener.computing]
