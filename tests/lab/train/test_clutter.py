import numpy as np
import pytest
import torch
from made_films import grey_levels

from cxr.lab.train.clutter import FRAME, Clutter
from cxr.model.preprocess import to_batch

FILMS = to_batch(grey_levels(16))


NOTHING = {"markers": 0.0, "covers": 0.0, "borders": 0.0, "collimation": 0.0}


def only(**shares: float) -> Clutter:
    return Clutter(**NOTHING | shares)


def cluttered(clutter: Clutter, seed: int = 0) -> torch.Tensor:
    return clutter(FILMS.clone(), torch.Generator().manual_seed(seed))


def test_no_clutter_leaves_films_as_they_are() -> None:
    assert torch.equal(cluttered(only()), FILMS)


def test_the_same_seed_gives_the_same_clutter_and_another_seed_another() -> None:
    assert torch.equal(cluttered(Clutter(), 1), cluttered(Clutter(), 1))
    assert not torch.equal(cluttered(Clutter(), 1), cluttered(Clutter(), 2))


@pytest.mark.parametrize("kind", list(NOTHING))
def test_each_kind_alone_changes_every_film_and_keeps_the_grey_scale(kind: str) -> None:
    films = cluttered(only(**{kind: 1.0}))
    assert all((films[i] != FILMS[i]).any() for i in range(len(FILMS)))
    assert 0 <= films.min() <= films.max() <= 1


def test_markers_make_pixels_brighter_and_stay_out_of_the_middle() -> None:
    films = cluttered(only(markers=1))
    assert (films >= FILMS).all()
    size = FILMS.shape[-1]
    middle = slice(int(size * (FRAME + 0.1)), int(size * (1 - FRAME - 0.1)))
    assert torch.equal(films[:, :, middle, middle], FILMS[:, :, middle, middle])


def test_a_border_reaches_from_edge_to_edge() -> None:
    films = cluttered(only(borders=1))[:, 0].numpy()
    for film in films:
        sides = (film[0], film[-1], film[:, 0], film[:, -1])
        assert any(np.unique(side).size == 1 for side in sides)


def test_a_border_is_a_seventh_of_a_side_at_most() -> None:
    films = cluttered(only(borders=1))
    width = FILMS.shape[-1] // 7
    assert torch.equal(films[..., width:-width, width:-width], FILMS[..., width:-width, width:-width])


def test_collimation_blackens_all_four_sides_alike() -> None:
    for film in cluttered(only(collimation=1))[:, 0]:
        black = [int((film != 0).any(dim=side).int().argmax()) for side in (0, 1)]
        black += [int((film != 0).any(dim=side).flip(0).int().argmax()) for side in (0, 1)]
        assert len(set(black)) == 1 and 4 <= black[0] < len(film) // 7
