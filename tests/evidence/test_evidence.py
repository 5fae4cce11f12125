import json
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.made_evidence import VERSION, bare_evidence, both_populations, estimate, full_evidence, quality

from cxr.evidence.metrics_file import METRICS, EvidenceError, read_evidence
from cxr.evidence.quality_evidence import Kind
from cxr.film import Population


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    for evidence in (full_evidence(), bare_evidence()):
        (tmp_path / METRICS).write_text(evidence.to_json())
        assert read_evidence(tmp_path) == evidence


def test_evidence_that_is_as_before_is_not_parsed_again(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text(bare_evidence().to_json())
    assert read_evidence(tmp_path) is read_evidence(tmp_path)


def test_the_file_names_the_version_and_the_two_networks() -> None:
    written = json.loads(full_evidence().to_json(), parse_constant=pytest.fail)
    assert written["bundle"] == VERSION
    assert set(written["heat_comparison"]) == {"bundle", "without", "with"}


def test_where_nothing_was_measured_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"metrics\.json is missing.*python -m cxr evidence"):
        read_evidence(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", '{"bundle": 5}', '{"films": []}'])
def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / METRICS).write_text(content)
    with pytest.raises(EvidenceError, match="another version of this program"):
        read_evidence(tmp_path)


def test_figures_of_two_models_are_not_put_together() -> None:
    other = replace(both_populations(), bundle="other-11111111")
    with pytest.raises(ValueError, match=f"Evidence of {VERSION} holds figures of other-11111111"):
        replace(bare_evidence(), val=other)


def test_only_what_was_measured_is_among_the_sets() -> None:
    assert set(bare_evidence().sets) == {"tune", "holdout"}
    assert list(full_evidence().sets) == ["holdout", "external", "val", "tune"]


def test_labels_from_different_hospitals_are_not_comparable() -> None:
    external = full_evidence().external
    assert external
    assert not external.comparable(Population.ADULT)
    assert both_populations().comparable(Population.ADULT)
    assert not both_populations().comparable(Population.UNKNOWN)


def test_a_population_that_is_not_there_is_none() -> None:
    external = full_evidence().external
    assert external and external.population(Population.CHILD) is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("made_upside_down", "Upside down"),
        ("chest_ct_slice", "Chest CT slice"),
        ("abdomen_ct_64px", "Abdomen CT"),
        ("photograph", "Photograph"),
    ],
)
def test_a_kind_of_image_is_told_in_words(kind: str, words: str) -> None:
    assert Kind(kind, True, 1, estimate(1.0)).words == words


def test_the_gate_is_rated_over_images_and_not_over_kinds() -> None:
    assert quality().refused_seen == pytest.approx((100 * 1.0 + 50 * 0.97) / 150)
    assert quality().refused_unseen == pytest.approx((50 * 0.96 + 100 * 0.94) / 150)
    assert replace(quality(), kinds=(), left_out=()).refused_seen is None
