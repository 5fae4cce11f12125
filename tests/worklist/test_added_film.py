"""The population of a film that cannot be read is the one that its header gives, on every way in."""

import pytest

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.score_row import score_row
from cxr.screening import Outcome
from cxr.worklist.queue.added_film import AddedFilm

ADULT, CHILD, UNKNOWN = Population.ADULT, Population.CHILD, Population.UNKNOWN


@pytest.mark.parametrize(
    ("header", "stated", "known"),
    [(ADULT, UNKNOWN, ADULT), (ADULT, CHILD, ADULT), (UNKNOWN, CHILD, CHILD), (UNKNOWN, UNKNOWN, UNKNOWN)],
)
def test_the_worklist_and_the_score_of_an_unreadable_film_give_its_header_first(
    header: Population, stated: Population, known: Population
) -> None:
    error = FilmError(FilmErrorCode.LATERAL, "This is a lateral film.", population=header)

    added = AddedFilm("film.dcm", "0" * 64, error, stated, "a reader", wants_result=False)

    assert added.population is known
    assert score_row("film.dcm", stated, Outcome(error=error), "v1")["population"] is known
