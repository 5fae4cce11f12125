import pytest
import torch
from made_films import grey_levels

from cxr.model.preprocess import to_batch
from cxr.train.augment import Augmentation

NOTHING = dict.fromkeys(
    ("rotation_degrees", "scale", "aspect", "shift", "gamma", "contrast", "brightness"), 0.0
)
FILMS = to_batch(grey_levels(8))


def changed(augmentation: Augmentation, seed: int = 0, films: torch.Tensor = FILMS) -> torch.Tensor:
    return augmentation(films.clone(), torch.Generator().manual_seed(seed))


def test_grey_levels_stay_between_black_and_white() -> None:
    strong = Augmentation(
        rotation_degrees=90, scale=1, aspect=1, shift=0.5, gamma=2, contrast=2, brightness=1
    )
    for seed in range(5):
        films = changed(strong, seed)
        assert films.shape == FILMS.shape
        assert 0 <= films.min() <= films.max() <= 1


def test_no_strength_changes_nothing() -> None:
    # Black is lifted to 1e-4, where a power still has a finite slope.
    assert torch.allclose(changed(Augmentation(**NOTHING)), FILMS, atol=1.5e-4)


@pytest.mark.parametrize("change", NOTHING)
def test_each_change_alone_changes_films(change: str) -> None:
    alone = Augmentation(**(NOTHING | {change: 0.3 if change != "rotation_degrees" else 10}))
    assert (changed(alone) - FILMS).abs().mean() > 0.005


def test_the_film_handed_in_stays_as_it_is() -> None:
    films = FILMS.clone()
    Augmentation()(films, torch.Generator().manual_seed(0))
    assert torch.equal(films, FILMS)


def test_the_seed_decides_the_changes() -> None:
    assert torch.equal(changed(Augmentation(), seed=1), changed(Augmentation(), seed=1))
    assert not torch.equal(changed(Augmentation(), seed=1), changed(Augmentation(), seed=2))


def test_every_film_draws_its_own_changes() -> None:
    same = FILMS[:1].repeat(4, 1, 1, 1)
    films = changed(Augmentation(), films=same)
    assert len({film.sum().item() for film in films}) == 4


def test_a_shift_is_a_share_of_the_film() -> None:
    film = torch.zeros(64, 1, 101, 101)
    film[:, :, 50, 50] = 1
    moved = changed(Augmentation(**(NOTHING | {"shift": 0.1})), films=film)
    rows, columns = (moved.amax(dim=d).squeeze(1).argmax(dim=1) for d in (3, 2))
    farthest = max((rows - 50).abs().max().item(), (columns - 50).abs().max().item())
    assert 8 <= farthest <= 11
