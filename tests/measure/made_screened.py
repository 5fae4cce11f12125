"""Films as if they had been screened."""

from pathlib import Path

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.boxes import BoxAgreement
from cxr.measure.labels import LabelledFilm
from cxr.measure.screened import ScreenedFilm
from cxr.model.card import OperatingPoints
from cxr.model.score import Score
from cxr.triage.flag import FLAG_OF_POINTS, Flag

POINTS = OperatingPoints(low=0.4, high=0.8)


def screened(
    label: Label,
    probability: float | None,
    *,
    points: OperatingPoints = POINTS,
    population: Population = Population.CHILD,
    source: str = "east",
    refused_for: tuple[str, ...] = ("blank",),
    boxes: BoxAgreement | None = None,
    patient: str = "p",
    logit: float = 0.0,
) -> ScreenedFilm:
    film = LabelledFilm(Path("a.png"), label, population, "val", patient, source, (128, 128), ())
    if probability is None:
        return ScreenedFilm(film, Flag.REFUSED, refused_for)
    score = Score(probability, logit, population, points, points.reached(probability))
    return ScreenedFilm(film, FLAG_OF_POINTS[score.points_reached], (), score, boxes)
