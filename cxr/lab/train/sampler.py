"""Batches in which every hospital and every label has the same weight."""

from collections.abc import Iterator, Sequence

import torch

from cxr.evidence.sources import hospital_of
from cxr.measure.labels import LabelledFilm

# A cell of fewer films is drawn less often in proportion: fifteen films are not shown as often as a thousand.
FULL_SAY = 800


def balanced_batches(
    films: Sequence[LabelledFilm], batch_size: int, batches: int, generator: torch.Generator
) -> Iterator[list[int]]:
    """Yield indices of so many batches.

    A cell is what one hospital has of one label, whatever the sources that its films came through. Cells are
    drawn equally often, so that neither the commoner label nor the hospital can stand for the other, but for
    those of fewer than `FULL_SAY` films. Within a cell each film comes once before any comes again.
    """
    cells: dict[tuple[str, str], list[int]] = {}
    for index, film in enumerate(films):
        cells.setdefault((hospital_of(film.source), film.label), []).append(index)
    full = min(FULL_SAY, max(map(len, cells.values())))
    says = {cell: min(1.0, len(indices) / full) for cell, indices in cells.items()}
    wanted = batches * batch_size
    drawn = torch.cat(
        [
            _draw(cells[cell], -int(-wanted * says[cell] // sum(says.values())), generator)
            for cell in sorted(cells)
        ]
    )
    order = drawn[torch.randperm(len(drawn), generator=generator)].tolist()
    for start in range(0, wanted, batch_size):
        yield order[start : start + batch_size]


def _draw(indices: list[int], count: int, generator: torch.Generator) -> torch.Tensor:
    rounds = -(-count // len(indices))
    places = torch.cat([torch.randperm(len(indices), generator=generator) for _ in range(rounds)])
    return torch.tensor(indices)[places[:count]]
