from dataclasses import fields

import pytest
import torch
from made_films import grey_levels

from cxr.lab.train.augment import Augmentation, move
from cxr.model.preprocess import to_batch

NOTHING = dict.fromkeys([field.name for field in fields(Augmentation)], 0.0)
FILMS = to_batch(grey_levels(8))


def only(**changes: float) -> Augmentation:
    return Augmentation(**(NOTHING | changes))


def changed(augmentation: Augmentation, seed: int = 0, films: torch.Tensor = FILMS) -> torch.Tensor:
    return augmentation(films.clone(), torch.Generator().manual_seed(seed))


def moved_by(augmentation: Augmentation, films: torch.Tensor) -> torch.Tensor:
    placement = augmentation.placement(len(films), torch.Generator().manual_seed(0))
    return move(films, placement, films.shape[2])


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
    assert torch.allclose(changed(only()), FILMS, atol=1.5e-4)


@pytest.mark.parametrize("change", NOTHING)
def test_each_change_alone_changes_films(change: str) -> None:
    strength = {"rotation_degrees": 10.0, "mirrored": 1.0}.get(change, 0.3)
    assert (changed(only(**{change: strength})) - FILMS).abs().mean() > 0.005


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
    moved = changed(only(shift=0.1), films=film)
    rows, columns = (moved.amax(dim=d).squeeze(1).argmax(dim=1) for d in (3, 2))
    farthest = max((rows - 50).abs().max().item(), (columns - 50).abs().max().item())
    assert 8 <= farthest <= 11


def test_half_of_the_films_are_mirrored_and_the_others_are_not() -> None:
    film = FILMS[0, :, ::8, ::8]
    moved = moved_by(only(mirrored=0.5), film.repeat(200, 1, 1, 1))
    mirrored = [torch.allclose(one, film.flip(2), atol=1e-3) for one in moved]
    as_it_was = [torch.allclose(one, film, atol=1e-3) for one in moved]
    assert sum(mirrored) + sum(as_it_was) == 200
    assert 80 <= sum(mirrored) <= 120


def test_a_mirrored_film_is_turned_and_shifted_as_any_other() -> None:
    mirrored, as_it_was = (moved_by(Augmentation(mirrored=chance), FILMS) for chance in (1.0, 0.0))
    assert torch.allclose(mirrored, as_it_was.flip(3), atol=1e-3)


def test_what_lies_in_further_channels_moves_with_the_film() -> None:
    both = torch.cat([FILMS, (FILMS > 0.5).float()], dim=1)
    moved = moved_by(Augmentation(), both)
    assert torch.equal(moved[:, :1], moved_by(Augmentation(), FILMS))
    # Where a film and its field have moved alike, the field still tells bright from dark.
    field, film = moved[:, 1], moved[:, 0]
    assert film[field > 0.99].min() > 0.45
    assert film[field < 0.01].max() < 0.55


def test_shading_is_slow_stays_within_its_strength_and_leaves_black_black() -> None:
    films = torch.full((50, 1, 96, 96), 0.5)
    films[..., :30] = 0
    shaded = only(shading=0.25).develop(films, torch.Generator().manual_seed(0))
    assert shaded[..., :30].max() <= 1e-4
    shade = shaded[..., 30:] - 0.5
    # Bicubic interpolation overshoots a little.
    assert 0.1 < shade.abs().max() < 0.3
    assert (shade[..., 1:] - shade[..., :-1]).abs().max() < 0.02
    assert (shade[:, :, 0, 0] * shade[:, :, -1, -1] < 0).any()
