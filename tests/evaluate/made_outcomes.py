"""Outcomes as if films had been read."""

from pathlib import Path

from cxr.evaluate.boxes import BoxAgreement
from cxr.evaluate.labels import Label, LabelledFilm
from cxr.evaluate.outcome import Outcome
from cxr.film import Population
from cxr.model.card import OperatingPoints
from cxr.model.score import Score
from cxr.triage.flag import FLAG_OF_POINTS, Flag

POINTS = OperatingPoints(low=0.4, high=0.8)


def outcome(
    label: Label,
    probability: float | None,
    *,
    points: OperatingPoints = POINTS,
    population: Population = Population.CHILD,
    source: str = "east",
    refused_for: tuple[str, ...] = ("blank",),
    boxes: BoxAgreement | None = None,
) -> Outcome:
    film = LabelledFilm(Path("a.png"), label, population, "val", "p", source, (128, 128), ())
    if probability is None:
        return Outcome(film, Flag.REFUSED, refused_for)
    score = Score(probability, 0.0, population, points)
    return Outcome(film, FLAG_OF_POINTS[score.points_reached], (), score, boxes)
