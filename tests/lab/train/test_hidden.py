import numpy as np
import torch
from made_films import grey_levels

from cxr.lab.train.hidden import HiddenLungs, said_of_hidden
from cxr.model.preprocess import to_batch

FILMS = to_batch(grey_levels(60))[:, :, ::2, ::2]
SIDE = FILMS.shape[-1]


def hide(lungs: HiddenLungs, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Films and flags."""
    films = FILMS.clone()
    flags = lungs(films, torch.Generator().manual_seed(seed))
    return films, flags


def test_a_share_of_0_hides_nothing_and_a_share_of_1_every_lung() -> None:
    films, flags = hide(HiddenLungs(share=0))
    assert torch.equal(films, FILMS) and flags.tolist() == [0] * 60
    films, flags = hide(HiddenLungs(share=1))
    assert flags.tolist() == [1] * 60


def test_the_films_that_are_flagged_are_those_that_changed() -> None:
    films, flags = hide(HiddenLungs(share=0.5))
    assert flags.tolist() == (films != FILMS).any(dim=(1, 2, 3)).float().tolist()
    assert 20 <= flags.sum() <= 40


def test_the_frame_stays_as_it_was_and_the_rest_is_covered() -> None:
    films, _ = hide(HiddenLungs(share=1, frame=(0.25, 0.25)))
    middle = slice(SIDE // 4, SIDE - SIDE // 4)
    changed = films != FILMS
    # A grey level of the cover may be that of the film by chance.
    assert changed[:, :, middle, middle].float().mean() > 0.99
    changed[:, :, middle, middle] = False
    assert not changed.any()


def test_every_side_of_the_frame_has_a_width_of_its_own_between_least_and_most() -> None:
    films, _ = hide(HiddenLungs(share=1))
    for film in (films != FILMS)[:, 0]:
        rows, columns = (film.any(dim=dim).nonzero().flatten() for dim in (1, 0))
        widths = [int(w) for at in (rows, columns) for w in (at[0], SIDE - 1 - at[-1])]
        assert int(0.04 * SIDE) <= min(widths) and max(widths) <= 0.2 * SIDE + 1
        assert len(set(widths)) > 1


def test_what_covers_the_lungs_says_nothing_of_what_lies_under_it() -> None:
    films, _ = hide(HiddenLungs(share=1))
    middle = slice(SIDE // 5 + 1, SIDE - SIDE // 5 - 1)
    under, cover = (batch[:, 0, middle, middle].flatten(1).numpy() for batch in (FILMS, films))
    under, cover = (batch - batch.mean(axis=1, keepdims=True) for batch in (under, cover))
    slope = (under * cover).sum(axis=1) / (under**2).sum(axis=1)
    assert np.abs(slope).max() < 0.02
    assert 0 <= films.min() <= films.max() <= 1


def test_some_covers_are_even_and_some_noisy() -> None:
    films, _ = hide(HiddenLungs(share=1))
    deviations = films[:, 0, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4].std(dim=(1, 2))
    assert (deviations < 1e-6).any() and (deviations > 0.05).any()


def test_the_seed_decides_which_lungs_are_hidden_and_how() -> None:
    (films, flags), (again, flags_again), (others, _) = (hide(HiddenLungs(), seed) for seed in (1, 1, 2))
    assert torch.equal(films, again) and torch.equal(flags, flags_again)
    assert not torch.equal(films, others)


def test_what_is_said_of_hidden_lungs_costs_its_square_and_of_others_nothing() -> None:
    logits, hidden = torch.tensor([3.0, 2.0, -1.0]), torch.tensor([0.0, 1.0, 1.0])

    assert said_of_hidden(logits, hidden).item() == 2.5
    assert said_of_hidden(logits, torch.zeros(3)).item() == 0
