from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st
from lab.train.synthetic_films import labelled

from cxr.evidence.label import Label
from cxr.lab.train.sampler import FULL_SAY, balanced_batches
from cxr.measure.labels import LabelledFilm

CELLS = st.lists(
    st.tuples(st.sampled_from(["east", "west"]), st.sampled_from([Label.NORMAL, Label.PNEUMONIA])),
    min_size=1,
    max_size=80,
)


def films_of(cells: list[tuple[str, Label]]) -> list[LabelledFilm]:
    return [labelled(i, label, source=source) for i, (source, label) in enumerate(cells)]


def drawn(films: list[LabelledFilm], batch_size: int, batches: int, seed: int = 0) -> list[list[int]]:
    return list(balanced_batches(films, batch_size, batches, torch.Generator().manual_seed(seed)))


def test_hospitals_and_labels_have_the_same_say_but_those_of_few_films() -> None:
    films = films_of(
        [("east", Label.NORMAL)] * FULL_SAY
        + [("east", Label.PNEUMONIA)] * 4 * FULL_SAY
        + [("west", Label.PNEUMONIA)] * (FULL_SAY // 4)
    )
    counts = Counter((films[i].source, films[i].label) for batch in drawn(films, 30, 30) for i in batch)
    assert counts["east", Label.NORMAL] == counts["east", Label.PNEUMONIA] == 400
    assert counts["west", Label.PNEUMONIA] == 100


def test_two_sources_from_one_place_share_the_say_of_one_hospital() -> None:
    films = films_of(
        [("rsna", Label.NORMAL)] * 600
        + [("rsna_equalised", Label.NORMAL)] * 200
        + [("siim", Label.NORMAL)] * 800
    )
    counts = Counter(films[i].source for batch in drawn(films, 32, 50) for i in batch)
    assert counts["siim"] == 800
    assert counts["rsna"] == 600 and counts["rsna_equalised"] == 200


@given(CELLS, st.integers(1, 16), st.integers(1, 5))
def test_so_many_full_batches_are_drawn(
    cells: list[tuple[str, Label]], batch_size: int, batches: int
) -> None:
    found = drawn(films_of(cells), batch_size, batches)
    assert [len(batch) for batch in found] == [batch_size] * batches


@given(CELLS)
def test_no_film_comes_again_before_every_film_of_its_cell_came(cells: list[tuple[str, Label]]) -> None:
    counts = Counter(i for batch in drawn(films_of(cells), 1, 2 * len(cells)) for i in batch)
    for cell in set(cells):
        of_cell = [counts[i] for i, c in enumerate(cells) if c == cell]
        # The last few draws of an epoch are cut off, which may cost any film some.
        assert max(of_cell) <= -(-(sum(of_cell) + len(set(cells))) // len(of_cell))


def test_the_seed_decides_the_order() -> None:
    films = films_of([("east", Label.NORMAL), ("east", Label.PNEUMONIA)] * 20)
    assert drawn(films, 8, 5, seed=1) == drawn(films, 8, 5, seed=1)
    assert drawn(films, 8, 5, seed=1) != drawn(films, 8, 5, seed=2)
