import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr.quality.check import RefusalCode
from cxr.quality.head import GRID, SENTENCES, QualityHead, check_features, log_odds, region_features

KINDS = (RefusalCode.INVERTED, RefusalCode.LATERAL)


def head(threshold: float = 0.0, kinds: tuple[RefusalCode, ...] = KINDS) -> QualityHead:
    """A head whose outputs are one feature each."""
    outputs = len(kinds) + 1
    zeros, ones = np.zeros(outputs, np.float32), np.ones(outputs, np.float32)
    return QualityHead(kinds, zeros, ones, np.eye(outputs, dtype=np.float32), zeros, threshold)


def test_a_film_is_accepted_and_junk_is_refused_for_its_most_likely_reason() -> None:
    features = np.array([[5, 0, 0], [0, 5, 0], [0, 1, 5]], dtype=np.float32)
    accepted, inverted, lateral = check_features(features, head())
    assert accepted.accepted
    assert [refusal.code for refusal in inverted.refusals] == [RefusalCode.INVERTED]
    assert [refusal.code for refusal in lateral.refusals] == [RefusalCode.LATERAL]


def test_every_kind_has_a_sentence_that_says_what_to_do() -> None:
    remedies = ("Rotate", "Invert", "Add", "Export", "add", "export")
    assert all(any(word in sentence for word in remedies) for sentence in SENTENCES.values())


@settings(deadline=None)
@given(st.floats(-5, 5), st.floats(0.01, 5))
def test_a_higher_threshold_never_refuses_more(threshold: float, more: float) -> None:
    features = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32) * 4
    strict, lax = (check_features(features, head(t)) for t in (threshold, threshold + more))
    assert all(a.accepted or not b.accepted for b, a in zip(strict, lax, strict=True))


def test_features_are_standardised_before_they_are_weighed() -> None:
    plain = head()
    shifted = QualityHead(KINDS, plain.mean + 2, plain.deviation * 3, plain.weight, plain.bias, 0.0)
    features = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(
        log_odds(features * 3 + 2, shifted)[0], log_odds(features, plain)[0], atol=1e-5
    )


def test_regions_keep_top_and_bottom_apart() -> None:
    maps = np.zeros((1, 2, 14, 14), dtype=np.float32)
    maps[0, 1, :3] = 1
    regions = region_features(maps).reshape(GRID, GRID, 2)
    assert (regions[0, :, 1] > 0.5).all()
    assert not regions[1:].any() and not regions[..., 0].any()


def test_even_maps_give_even_features_whatever_their_size() -> None:
    for rows, columns in ((14, 14), (3, 3), (7, 11)):
        features = region_features(np.full((2, 4, rows, columns), 0.5, dtype=np.float32))
        assert features.shape == (2, 4 * GRID * GRID)
        np.testing.assert_allclose(features, 0.5)


def test_a_head_of_mismatched_parts_is_refused() -> None:
    good = head()
    with pytest.raises(ValueError, match="kinds"):
        QualityHead(KINDS[:1], good.mean, good.deviation, good.weight, good.bias, 0.0)
    with pytest.raises(ValueError, match="features"):
        QualityHead(KINDS, good.mean[:2], good.deviation, good.weight, good.bias, 0.0)
    with pytest.raises(ValueError, match="blank"):
        head(kinds=(RefusalCode.BLANK,))
