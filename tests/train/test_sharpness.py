import numpy as np
import pytest
import torch
from made_films import grey_levels

from cxr.model.preprocess import to_batch
from cxr.train.sharpness import Sharpness

KINDS = ("coarser", "blurred", "sharpened", "noisy", "jpeg")
FILMS = to_batch(grey_levels(6))


def only(kind: str | None, seed: int = 0) -> torch.Tensor:
    chances = {other: float(other == kind) for other in KINDS}
    return Sharpness(**chances)(FILMS.clone(), torch.Generator().manual_seed(seed))


def roughness(films: torch.Tensor) -> float:
    """Mean difference of neighbouring pixels."""
    return float((films[..., 1:] - films[..., :-1]).abs().mean())


def test_no_change_gives_the_same_films() -> None:
    assert torch.equal(only(None), FILMS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone_changes_films_a_little_and_by_seed(kind: str) -> None:
    films = only(kind)
    assert films.shape == FILMS.shape
    assert 0 <= films.min() <= films.max() <= 1
    assert 0 < (films - FILMS).abs().mean() < 0.05
    assert torch.equal(films, only(kind))
    assert not torch.equal(films, only(kind, seed=1))


def test_noise_roughens_and_blur_smooths() -> None:
    noisy = torch.from_numpy(np.random.default_rng(0).random((2, 1, 64, 64), dtype=np.float32))
    chances = dict.fromkeys(KINDS, 0.0) | {"blurred": 1.0}
    blurred = Sharpness(**chances)(noisy, torch.Generator().manual_seed(0))
    assert roughness(blurred) < 0.9 * roughness(noisy)
    assert roughness(only("noisy")) > roughness(FILMS)


def test_the_films_handed_in_stay_as_they_are() -> None:
    films = FILMS.clone()
    Sharpness(noisy=1.0)(films, torch.Generator().manual_seed(0))
    assert torch.equal(films, FILMS)
