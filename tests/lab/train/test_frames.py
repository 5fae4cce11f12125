import torch
from made_films import grey_levels

from cxr.lab.train.frames import SwappedFrames
from cxr.model.preprocess import to_batch

FILMS = to_batch(grey_levels(12))[:, :, ::2, ::2]
SIDE = FILMS.shape[-1]
TWO_SOURCES = ["east", "west"] * 6


def swapped(frames: SwappedFrames, sources: list[str], seed: int = 0) -> torch.Tensor:
    return frames(FILMS, sources, torch.Generator().manual_seed(seed))


def test_a_share_of_0_changes_nothing_and_a_share_of_1_every_film() -> None:
    assert torch.equal(swapped(SwappedFrames(share=0), TWO_SOURCES), FILMS)
    changed = (swapped(SwappedFrames(share=1), TWO_SOURCES) != FILMS).flatten(1).any(dim=1)
    assert changed.all()


def test_the_lungs_stay_and_the_frame_goes() -> None:
    frames = SwappedFrames(share=1, frame=(0.25, 0.25), softness=(0.005, 0.005))

    change = (swapped(frames, TWO_SOURCES) - FILMS).abs().mean(dim=(0, 1))

    middle, edge = slice(SIDE // 3, SIDE - SIDE // 3), SIDE // 6
    assert change[middle, middle].max() < 1e-3
    assert change[:edge].mean() > 0.02 and change[:, -edge:].mean() > 0.02


def test_the_frame_comes_from_the_same_source_in_the_films_own_tones() -> None:
    films = torch.stack([torch.full((1, 64, 64), 0.2), torch.full((1, 64, 64), 0.9)])
    films += 0.05 * torch.rand(films.shape, generator=torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(0)

    assert torch.equal(SwappedFrames(share=1)(films, ["east", "west"], generator), films)
    together = SwappedFrames(share=1)(films, ["east", "east"], generator)

    assert (together.mean(dim=(1, 2, 3)) - films.mean(dim=(1, 2, 3))).abs().max() < 0.02
    assert not torch.equal(together, films)


def test_the_same_seed_swaps_the_same_frames() -> None:
    assert torch.equal(
        swapped(SwappedFrames(), TWO_SOURCES, seed=5), swapped(SwappedFrames(), TWO_SOURCES, seed=5)
    )
