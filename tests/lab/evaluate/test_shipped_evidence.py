"""What is shipped beside the bundle belongs to it."""

from pathlib import Path

import pytest

from cxr.evidence.metrics_file import Evidence, read_evidence
from cxr.lab.bench.speed import read_speed
from cxr.lab.evaluate.model_card import differing
from cxr.model.bundle import Bundle
from cxr.settings import Settings


@pytest.fixture(scope="module")
def folder() -> Path:
    settings = Settings()
    return settings.models / settings.bundle


@pytest.fixture(scope="module")
def evidence(folder: Path) -> Evidence:
    return read_evidence(folder)


def test_the_figures_are_of_the_version_that_is_shipped(evidence: Evidence, bundle: Bundle) -> None:
    assert evidence.bundle == bundle.version


def test_the_speed_is_of_that_network_and_nothing_of_it_was_left_unmeasured(
    folder: Path, bundle: Bundle
) -> None:
    speed = read_speed(folder)

    assert speed.bundle == bundle.version
    assert speed.worklist and speed.start and "openvino" in speed.engines


def test_nothing_was_left_unmeasured(evidence: Evidence) -> None:
    assert set(evidence.sets) == {"tune", "holdout", "val", "external"}
    assert evidence.stress and evidence.audit and evidence.heat_comparison and evidence.quality


def test_the_model_card_is_what_card_and_figures_say(
    evidence: Evidence, bundle: Bundle, folder: Path
) -> None:
    assert differing(folder, bundle.card, bundle.version, evidence) == []
