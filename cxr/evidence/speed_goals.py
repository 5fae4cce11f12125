"""What was aimed at in speed, and what was reached: figures of the laptops that clinics have, two cores."""

from collections.abc import Callable
from dataclasses import dataclass

from cxr.evidence.speed import FULL_SIZE, Pace, Parts, SetSpeed, Speed


@dataclass(frozen=True, slots=True)
class SpeedGoal:
    """A goal, and what was found; nothing where it was not measured."""

    name: str
    wanted: str
    found: float | None
    unit: str
    reached: bool | None

    @property
    def told(self) -> str:
        """What was found, as a person reads it."""
        if self.found is None:
            return "not measured"
        return f"{self.found:.0f}{self.unit}" if self.found >= 100 else f"{self.found:.3g}{self.unit}"


@dataclass(frozen=True, slots=True)
class _Goal:
    name: str
    limit: float
    unit: str
    of: Callable[[Speed], float | None]
    at_least: bool = False

    def held_against(self, speed: Speed) -> SpeedGoal:
        found = self.of(speed)
        reached = None
        if found is not None:
            reached = found >= self.limit if self.at_least else found <= self.limit
        wanted = f"{'at least' if self.at_least else 'at most'} {self.limit:g}{self.unit}"
        return SpeedGoal(self.name, wanted, found, self.unit, reached)


def speed_goals(speed: Speed) -> list[SpeedGoal]:
    """Hold what was measured against every goal."""
    return [goal.held_against(speed) for goal in _GOALS]


def _single(library: str) -> Callable[[Speed], float | None]:
    return lambda speed: _times_faster(speed, lambda films: films.single, library)


def _batch(library: str) -> Callable[[Speed], float | None]:
    return lambda speed: _times_faster(speed, lambda films: films.batch, library)


def _times_faster(speed: Speed, of: Callable[[SetSpeed], dict[str, Pace]], library: str) -> float | None:
    films = speed.set(FULL_SIZE)
    found = of(films).get(library) if films else None
    return found.times_faster.median if found else None


def _extras(speed: Speed) -> float | None:
    parts: list[Parts] = list(speed.parts.values())
    return max((100 * one.extras for one in parts), default=None)


_GOALS = (
    _Goal("one film, torch", 4, " times", _single("torch"), at_least=True),
    _Goal("one film, OpenVINO", 6, " times", _single("openvino"), at_least=True),
    _Goal("batch, torch", 8, " times", _batch("torch"), at_least=True),
    _Goal("batch, OpenVINO", 12, " times", _batch("openvino"), at_least=True),
    _Goal("map, gate and calibration, of the forward pass", 5, " %", _extras),
    _Goal(
        "what waits on the worklist, of batch scoring",
        1.3,
        " times",
        lambda speed: speed.worklist.times_batch if speed.worklist else None,
    ),
    _Goal(
        "the same with handing in, one film after the other",
        1.3,
        " times",
        lambda speed: speed.worklist.times_batch_handed_in if speed.worklist else None,
    ),
    _Goal(
        "two worker processes, of one",
        1.8,
        " times",
        lambda speed: speed.workers.scaling if speed.workers else None,
        at_least=True,
    ),
    _Goal(
        "memory of the app with the model",
        1000,
        " MB",
        lambda speed: speed.start.peak_mb.median if speed.start else None,
    ),
    _Goal("growth of memory over the films", 50, " MB", lambda speed: speed.memory.growth),
    _Goal(
        "first paint of the app",
        1,
        " s",
        lambda speed: speed.start.contentful_paint.median if speed.start else None,
    ),
    _Goal(
        "heading of the page",
        1,
        " s",
        lambda speed: speed.start.heading.median if speed.start else None,
    ),
    _Goal(
        "first result from a cold start",
        6,
        " s",
        lambda speed: speed.start.result.median if speed.start else None,
    ),
)
