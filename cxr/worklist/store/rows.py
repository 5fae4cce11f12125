"""Between the rows of the database and the cases that other rooms see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxr.explain.gradcam import HeatMap
from cxr.film import Population, RequestedPriority
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason
from cxr.triage.priority import Urgency, priority_key
from cxr.worklist.case import Case, Finding, Report
from cxr.worklist.store.schema import CaseRow

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

UNSCORED: dict[str, Any] = {
    "reasons": [],
    "attempts": 0,
    **dict.fromkeys(("scored_at", "lease_owner", "lease_until")),
    **dict.fromkeys(("flag", "probability", "low", "high", "population", "heat", "bundle_version")),
}
"""What stands in a row of which nothing is said yet."""


def case_of(row: CaseRow) -> Case:
    """Show a row as a case."""
    flag = Flag(row.flag) if row.flag else None
    points = None
    if row.low is not None and row.high is not None:
        points = OperatingPoints(low=row.low, high=row.high)
    return Case(
        number=row.id,
        version=row.version,
        sha256=row.sha256,
        name=row.name,
        stated=Population(row.stated),
        arrived_at=row.arrived_at,
        scored_at=row.scored_at,
        flag=flag,
        reasons=tuple(Reason(**reason) for reason in row.reasons),
        probability=row.probability,
        operating_points=points,
        population=Population(row.population) if row.population else None,
        heat=_heat(row, shown=flag is not Flag.ROUTINE),
        thumbnail=row.thumbnail,
        bundle_version=row.bundle_version,
        turned=row.turned,
        patient=row.patient,
        raised=Urgency(row.raised) if row.raised else None,
        reader=row.reader,
        taken_at=row.taken_at,
        report=_report(row),
        set_aside_at=row.set_aside_at,
        purged_at=row.purged_at,
    )


def put_in_place(row: CaseRow) -> None:
    """Write into a row where it stands, after its flag or its priority changed."""
    place = priority_key(
        Flag(row.flag) if row.flag else None,
        row.probability,
        Population(row.population or row.stated),
        Urgency(row.raised) if row.raised else None,
    )
    row.lane, row.age_group, row.rank = place.lane, place.age_group, place.rank


def raise_as_requested(row: CaseRow, requested: RequestedPriority | None) -> None:
    """Raise a row to the priority that the film was requested with; one that stands higher stays there."""
    if requested is None:
        return
    stat = row.raised == Urgency.STAT or requested is RequestedPriority.STAT
    row.raised = Urgency.STAT if stat else Urgency.HIGH


def write_result(row: CaseRow, reading: ScreeningResult, thumbnail: bytes) -> None:
    """Write into a row what was said of its film."""
    score, heat = reading.score, reading.heat
    row.flag = reading.decision.flag
    row.probability = score.probability if score else None
    row.low = score.operating_points.low if score else None
    row.high = score.operating_points.high if score else None
    row.population = score.population if score else None
    row.heat = heat.values.astype(np.float16).tobytes() if heat else None
    row.heat_rows = len(heat.values) if heat else None
    row.heat_contour = heat.contour if heat else None
    row.thumbnail = thumbnail
    row.bundle_version = reading.bundle_version
    row.seconds = reading.seconds
    write_reasons(row, reading.decision.reasons)


def write_reasons(row: CaseRow, reasons: tuple[Reason, ...]) -> None:
    """Write into a row why it got its flag."""
    row.reasons = [{"code": reason.code, "sentence": reason.sentence} for reason in reasons]


def _heat(row: CaseRow, shown: bool) -> HeatMap | None:
    if row.heat is None or row.heat_rows is None or row.heat_contour is None:
        return None
    values = np.frombuffer(row.heat, dtype=np.float16).reshape(row.heat_rows, -1).astype(np.float32)
    return HeatMap(values, row.heat_contour, shown)


def _report(row: CaseRow) -> Report | None:
    if row.finding is None or row.read_at is None:
        return None
    return Report(Finding(row.finding), row.read_at, row.agrees, row.note or "")
