from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st
from lab.train.synthetic_films import labelled

from cxr.evidence.label import Label
from cxr.lab.evaluate.labels import LabelledFilm
from cxr.lab.train.sampler import balanced_batches, batches_in_epoch

CELLS = st.lists(
    st.tuples(st.sampled_from(["east", "west"]), st.sampled_from([Label.NORMAL, Label.PNEUMONIA])),
    min_size=1,
    max_size=80,
)


def films_of(cells: list[tuple[str, Label]]) -> list[LabelledFilm]:
    return [labelled(i, label, source=source) for i, (source, label) in enumerate(cells)]


def epoch(films: list[LabelledFilm], batch_size: int, seed: int = 0) -> list[list[int]]:
    return list(balanced_batches(films, batch_size, torch.Generator().manual_seed(seed)))


def test_each_source_and_label_is_drawn_equally_often_however_rare() -> None:
    films = films_of(
        [("east", Label.NORMAL)] * 4
        + [("east", Label.PNEUMONIA)] * 60
        + [("west", Label.NORMAL)] * 10
        + [("west", Label.PNEUMONIA)] * 26
    )
    drawn = Counter((films[i].source, films[i].label) for batch in epoch(films, 10) for i in batch)
    assert set(drawn.values()) == {25}
    assert len(drawn) == 4


@given(CELLS, st.integers(1, 16))
def test_an_epoch_is_of_full_batches_in_which_no_pair_prevails(
    cells: list[tuple[str, Label]], batch_size: int
) -> None:
    films = films_of(cells)
    batches = epoch(films, batch_size)
    assert len(batches) == batches_in_epoch(films, batch_size)
    if len(films) >= batch_size:
        assert {len(batch) for batch in batches} == {batch_size}
    drawn = Counter(cells[i] for batch in batches for i in batch)
    assert max(drawn.values()) <= -(-len(films) // len(set(cells)))


@given(CELLS)
def test_no_film_comes_again_before_every_film_of_its_pair_came(cells: list[tuple[str, Label]]) -> None:
    films = films_of(cells)
    drawn = Counter(i for batch in epoch(films, 1) for i in batch)
    for cell in set(cells):
        # An epoch is cut to full batches, which may cost a pair some of its draws, but never adds one.
        share = -(-len(films) // len(set(cells)))
        most = -(-share // cells.count(cell))
        assert max(drawn[i] for i, c in enumerate(cells) if c == cell) <= most


def test_the_seed_decides_the_order() -> None:
    films = films_of([("east", Label.NORMAL), ("east", Label.PNEUMONIA)] * 20)
    assert epoch(films, 8, seed=1) == epoch(films, 8, seed=1)
    assert epoch(films, 8, seed=1) != epoch(films, 8, seed=2)
