from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from made_films import grey_levels

from cxr.lab.train.sharpness import Sharpness
from cxr.model.preprocess import to_batch

KINDS = ("equalised", "local", "coarser", "blurred", "sharpened", "noisy", "jpeg")
STORED = grey_levels(6)
FILMS = to_batch(STORED)
Grey = npt.NDArray[np.uint8]


def only(kind: str | None, seed: int = 0, stored: Grey = STORED, **strength: Any) -> Grey:
    sharpness = Sharpness(**{other: float(other == kind) for other in KINDS}, **strength)
    return sharpness(to_batch(stored), torch.Generator().manual_seed(seed))


def difference(films: Grey, others: Grey) -> npt.NDArray[np.int_]:
    return np.abs(films.astype(int) - others)


def roughness(films: Grey) -> float:
    """Mean difference of neighbouring pixels."""
    return float(difference(films[..., 1:], films[..., :-1]).mean())


def test_no_change_gives_the_same_bytes() -> None:
    stored = only(None)
    assert stored.dtype == np.uint8
    np.testing.assert_array_equal(stored, STORED)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone_changes_films_by_seed_and_all_but_equalisation_only_a_little(kind: str) -> None:
    films = only(kind)
    assert films.shape == STORED.shape and films.dtype == np.uint8
    assert difference(films, STORED).any()
    assert kind == "equalised" or difference(films, STORED).mean() < 0.1 * 255
    np.testing.assert_array_equal(films, only(kind))
    assert kind == "equalised" or difference(films, only(kind, seed=1)).any()


def test_noise_roughens_and_blur_smooths() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (2, 64, 64), dtype=np.uint8)
    assert roughness(only("blurred", stored=noisy)) < 0.9 * roughness(noisy)
    assert roughness(only("noisy")) > roughness(STORED)


def test_local_equalisation_draws_apart_what_is_flat_beside_what_is_not() -> None:
    films = np.tile(np.linspace(100, 115, 128).astype(np.uint8), (16, 128, 1))
    films[:, :64] = 2 * (films[:, :64] - 100)
    drawn_apart = np.ptp(only("local", stored=films)[:, 96], axis=1)
    assert drawn_apart.min() > 15 and np.median(drawn_apart) > 20


def test_a_wide_mask_sharpens_structures_and_a_narrow_one_edges() -> None:
    films = np.full((8, 128, 128), 100, dtype=np.uint8)
    films[:, :, 64:] = 150
    narrow, wide = (
        difference(only("sharpened", stored=films, sharpening_sigma=(sigma, sigma)), films)
        for sigma in (1.0, 12.0)
    )
    beside_the_edge, far_from_it = slice(60, 64), slice(48, 54)
    assert narrow[..., far_from_it].max() == 0 < wide[..., far_from_it].max()
    assert wide[..., beside_the_edge].max() < narrow[..., beside_the_edge].max()


def test_the_given_films_stay_unchanged() -> None:
    films = FILMS.clone()
    Sharpness(noisy=1.0)(films, torch.Generator().manual_seed(0))
    assert torch.equal(films, FILMS)
