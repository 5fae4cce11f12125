"""Cases for the tests of the worklist: added, scored, and rows of any kind."""

import datetime
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from made_films import made_film, png
from waiting import PATIENCE

from cxr.explain.gradcam import HeatMap
from cxr.film import Population
from cxr.model.card import OperatingPoints
from cxr.model.score import Score
from cxr.quality.check import QualityCheck, Refusal, RefusalCode
from cxr.screening import ScreeningResult
from cxr.triage.flag import decide
from cxr.worklist.case import Case, Finding
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.store.rows import update_priority
from cxr.worklist.store.schema import CaseRow, FilmRow
from cxr.worklist.worklist import Worklist

CHILD, ADULT, UNKNOWN = Population.CHILD, Population.ADULT, Population.UNKNOWN
POINTS = OperatingPoints(low=0.25, high=0.75)
ADA, BEN = "Ada", "Ben"
WORKER = "worker 1"
VERSION = "made-01234567"
FILM = made_film()


def reading(probability: float) -> ScreeningResult:
    """What the program says of a child's film of that probability."""
    values = np.random.default_rng(0).random((14, 14)).astype(np.float32)
    score = Score(probability, 0.0, CHILD, POINTS, POINTS.reached(probability))
    decision = decide(QualityCheck(), score, FILM, CHILD, CHILD)
    heat = HeatMap(values, 0.5, probability >= POINTS.low)
    return ScreeningResult(QualityCheck(), score, heat, decision, VERSION, 0.04)


def refusal(code: RefusalCode = RefusalCode.BLANK) -> ScreeningResult:
    """What the program says of a film that the quality check does not accept."""
    quality_check = QualityCheck((Refusal(code, "The film is blank."),))
    decision = decide(quality_check, None, FILM, CHILD, CHILD)
    return ScreeningResult(quality_check, None, None, decision, VERSION, 0.01)


def hand_in(
    worklist: Worklist,
    seed: int = 0,
    name: str | None = None,
    content: bytes | None = None,
    stated: Population = CHILD,
) -> Case:
    """Put a film on the worklist and show its case."""
    accepted = worklist.intake.accept(name or f"{seed}.png", content or png(seed), stated, ADA)
    return now(worklist, accepted.number)


def scored(worklist: Worklist, case: Case | None = None, said: ScreeningResult | None = None) -> Case:
    """Have a film scored, which is added where no case is given."""
    case = case or hand_in(worklist)
    worklist.scoring.claim(WORKER, 1000)
    assert worklist.scoring.record(WORKER, [Scored(case, said or reading(0.9), b"jpeg")]) == 1
    worklist.scoring.release(WORKER)
    return now(worklist, case.number)


def read_case(worklist: Worklist, case: Case | None = None, note: str = "") -> Case:
    """Have a film scored and read."""
    case = worklist.desk.claim(scored(worklist, case), ADA)
    return worklist.desk.report(case, ADA, Finding.OTHER, note=note)


def read_urgent(worklist: Worklist, first: int, count: int, finding: Finding) -> None:
    """Have so many urgent films read."""
    for seed in range(first, first + count):
        claimed = worklist.desk.claim(scored(worklist, hand_in(worklist, seed)), ADA)
        worklist.desk.report(claimed, ADA, finding)


def now(worklist: Worklist, number: int) -> Case:
    """A case as it is now."""
    case = worklist.ranked.case(number)
    assert case
    return case


def in_order(worklist: Worklist) -> list[int]:
    """Numbers of the cases to read, in the order of reading."""
    return [ranked.case.number for ranked in worklist.ranked.page(limit=1000).rows]


def made_row(number: int, arrived_at: datetime.datetime, **values: Any) -> CaseRow:
    """Make a row of a case, put in its place."""
    names = {column.key for column in CaseRow.__mapper__.columns}
    said = {"scored_at", "flag", "population"}
    of_case = {name: value for name, value in values.items() if name in names and name not in said}
    of_film = {name: value for name, value in values.items() if name not in of_case}
    defaults = {"stated": CHILD, "reasons": [], "inverted": False, "orientation": 0, "overruled": False}
    sha256 = of_film.pop("sha256", f"{number:064x}")
    case = CaseRow(id=number, key=sha256, arrived_at=arrived_at, **({"name": f"{number}.png"} | of_case))
    name = of_film.pop("name", case.name)
    same = {"id": number, "identity": sha256, "sha256": sha256, "name": name, "arrived_at": arrived_at}
    film = defaults | of_film
    film["population"] = film.get("population") or film["stated"]
    FilmRow(case=case, **same, **film)
    update_priority(case)
    return case


def at_once(*tasks: Callable[[], object]) -> Sequence[object]:
    """Begin tasks at one moment, a thread each, and give what each returned or raised."""
    start, outcomes = threading.Barrier(len(tasks)), dict[int, object]()

    def run(place: int, task: Callable[[], object]) -> None:
        start.wait(PATIENCE)
        try:
            outcomes[place] = task()
        except Exception as error:
            outcomes[place] = error

    threads = [
        threading.Thread(target=run, args=(place, task), daemon=True) for place, task in enumerate(tasks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return [outcomes[place] for place in range(len(tasks))]
