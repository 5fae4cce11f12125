"""The program's result for each labelled film, computed in the same way as in the app."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cxr.film import Population, Sex, View
from cxr.measure.boxes import BoxAgreement, compare
from cxr.measure.labels import LabelledFilm
from cxr.model.score import Score
from cxr.screening import Outcome, Screener
from cxr.triage.flag import Flag


@dataclass(frozen=True, slots=True)
class ScreenedFilm:
    """A labelled film and what became of it.

    Attributes
    ----------
    refused_for
        Codes of why it was not scored: of `FilmErrorCode` where it could not be read, else of `RefusalCode`.
    score
        None where it was refused.
    boxes
        None where it was refused, is not positive, or has no boxes.
    age_years, sex, view, header
        From the film's header, where it has them; `header` is its population.
    """

    labelled: LabelledFilm
    flag: Flag
    refused_for: tuple[str, ...] = ()
    score: Score | None = None
    boxes: BoxAgreement | None = None
    age_years: float | None = None
    sex: Sex | None = None
    view: View | None = None
    header: Population = Population.UNKNOWN

    @property
    def population(self) -> Population:
        """The population from the header, else as the label states it."""
        return self.labelled.population if self.header is Population.UNKNOWN else self.header


def screen_films(
    films: Sequence[LabelledFilm],
    screener: Screener,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[ScreenedFilm]:
    """Screen every film in the order given, its label's population being what the user states.

    A film that cannot be read stops none of the others.

    Parameters
    ----------
    progress
        Called with films done and films in all.
    """
    outcomes = screener.screen((film.path, film.population) for film in films)
    for done, (labelled, outcome) in enumerate(zip(films, outcomes, strict=True), start=1):
        yield _screened(labelled, outcome)
        if progress:
            progress(done, len(films))


def _screened(labelled: LabelledFilm, outcome: Outcome) -> ScreenedFilm:
    reading = outcome.result
    if not reading:
        error = outcome.error
        assert error
        return ScreenedFilm(labelled, Flag.REFUSED, (error.code.value,), header=error.population)
    refused_for = tuple(refusal.code.value for refusal in reading.quality_check.refusals)
    boxes = None
    if reading.heat and labelled.positive and labelled.boxes:
        boxes = compare(reading.heat, labelled.boxes, labelled.size)
    flag, film = reading.decision.flag, outcome.film
    assert film
    facts = (film.age_years, film.sex, film.view, film.population)
    return ScreenedFilm(labelled, flag, refused_for, reading.score, boxes, *facts)
