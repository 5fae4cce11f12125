"""Films changed at random: each is read or refused with a reason, and shown as it is stored."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from fuzz.mutations import mutated
from fuzz.readers import exercise
from fuzz.seed_films import seed_films
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr.film import FilmError, FilmErrorCode, read_film
from cxr.film.sandbox import clean_film

DIRECTLY, IN_CHILD = 1000, 300
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def films(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    random, seeds = Random(seed), list(seed_films().values())
    for number in range(count):
        yield f"film {number} of seed {seed}", mutated(random, seeds)


def test_every_reader_keeps_its_promises_on_mutated_films() -> None:
    seen: Counter[str] = Counter()
    for name, data in films(1, DIRECTLY):
        try:
            seen[exercise(data)] += 1
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}") from error

    # Mutation that breaks everything, or nothing, would test little.
    assert seen["read"] > DIRECTLY / 20 and seen[FilmErrorCode.DAMAGED] > DIRECTLY / 20


def test_no_mutated_film_ends_or_delays_the_child_that_decodes_it() -> None:
    for name, data in films(2, IN_CHILD):
        for read in (read_film, lambda content: clean_film(content, b"key", [])):
            try:
                read(data)
            except FilmError as error:
                assert error.code is not FilmErrorCode.FAILED, name


@settings(max_examples=100, deadline=None)
@given(film=st.sampled_from(sorted(seed_films())), share=st.floats(0, 1))
def test_a_film_that_is_cut_anywhere_is_read_or_refused_and_shown_as_it_is_stored(
    film: str, share: float
) -> None:
    data = seed_films()[film]

    exercise(data[: int(share * len(data))])


@pytest.mark.parametrize("film", seed_films())
def test_the_films_that_mutation_starts_from_are_read(film: str) -> None:
    assert exercise(seed_films()[film]) == "read"
