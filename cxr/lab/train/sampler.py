"""Batches in which every source and every label has the same say."""

from collections.abc import Iterator, Sequence

import torch

from cxr.lab.evaluate.labels import LabelledFilm


def balanced_batches(
    films: Sequence[LabelledFilm], batch_size: int, generator: torch.Generator
) -> Iterator[list[int]]:
    """Yield indices of one epoch, which draws as many films as there are.

    Each pair of source and label is drawn equally often, so that neither the commoner label nor the
    source can stand for the other. Within a pair each film comes once before any comes again.
    """
    cells: dict[tuple[str, str], list[int]] = {}
    for index, film in enumerate(films):
        cells.setdefault((film.source, film.label), []).append(index)
    share = -(-len(films) // len(cells))
    drawn = torch.cat([_draw(cells[cell], share, generator) for cell in sorted(cells)])
    order = drawn[torch.randperm(len(drawn), generator=generator)].tolist()
    for start in range(0, batches_in_epoch(films, batch_size) * batch_size, batch_size):
        yield order[start : start + batch_size]


def batches_in_epoch(films: Sequence[LabelledFilm], batch_size: int) -> int:
    """How many full batches an epoch has: at least one."""
    return max(1, len(films) // batch_size)


def _draw(indices: list[int], count: int, generator: torch.Generator) -> torch.Tensor:
    rounds = -(-count // len(indices))
    places = torch.cat([torch.randperm(len(indices), generator=generator) for _ in range(rounds)])
    return torch.tensor(indices)[places[:count]]
