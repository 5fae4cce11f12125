"""What the program says of each labelled film, found on the same way as in the app."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cxr.evaluate.boxes import BoxAgreement, compare
from cxr.evaluate.labels import LabelledFilm
from cxr.film import Film, FilmError, read_film
from cxr.model.score import Score
from cxr.screening import Reading, Screener
from cxr.triage.flag import Flag

BATCH_SIZE = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """A labelled film and what became of it.

    Attributes
    ----------
    refused_for
        Codes of why it was not scored: of `FilmErrorCode` where it could not be read, else of `RefusalCode`.
    score
        None where it was refused.
    boxes
        None where it was refused, is not positive, or has no boxes.
    """

    labelled: LabelledFilm
    flag: Flag
    refused_for: tuple[str, ...] = ()
    score: Score | None = None
    boxes: BoxAgreement | None = None


def read_outcomes(
    films: Sequence[LabelledFilm],
    screener: Screener,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Outcome]:
    """Read every film, the population of its label being what the user states; none stops the others.

    Parameters
    ----------
    progress
        Called with films done and films in all.
    """
    done = 0
    for population in sorted({film.population for film in films}):
        of_population = [film for film in films if film.population is population]
        for start in range(0, len(of_population), BATCH_SIZE):
            batch = of_population[start : start + BATCH_SIZE]
            readable: list[tuple[LabelledFilm, Film]] = []
            for labelled in batch:
                try:
                    readable.append((labelled, read_film(labelled.path)))
                except FilmError as error:
                    yield Outcome(labelled, Flag.REFUSED, (error.code,))
            readings = screener.read([film for _, film in readable], population)
            for (labelled, _), reading in zip(readable, readings, strict=True):
                yield _outcome(labelled, reading)
            done += len(batch)
            if progress:
                progress(done, len(films))


def _outcome(labelled: LabelledFilm, reading: Reading) -> Outcome:
    refused_for = tuple(refusal.code.value for refusal in reading.admission.refusals)
    boxes = None
    if reading.heat and labelled.positive and labelled.boxes:
        boxes = compare(reading.heat, labelled.boxes, labelled.size)
    return Outcome(labelled, reading.decision.flag, refused_for, reading.score, boxes)
