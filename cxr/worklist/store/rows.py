"""Convert between rows of the database and the cases that other rooms see."""

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
"""Values of a row that has no result yet."""


def case_of(row: CaseRow) -> Case:
    """Make a case of a row."""
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
        inverted=row.inverted,
        patient=row.patient,
        raised=Urgency(row.raised) if row.raised else None,
        reader=row.reader,
        claimed_at=row.claimed_at,
        report=_report(row),
        dismissed_at=row.dismissed_at,
        purged_at=row.purged_at,
    )


def set_priority(row: CaseRow) -> None:
    """Update the priority of a row after its flag or its urgency changed."""
    place = priority_key(
        Flag(row.flag) if row.flag else None,
        row.probability,
        Population(row.population or row.stated),
        Urgency(row.raised) if row.raised else None,
    )
    row.lane, row.age_group, row.rank = place.lane, place.age_group, place.rank


def raise_as_requested(row: CaseRow, requested: RequestedPriority | None) -> None:
    """Raise a row to the priority that the film was requested with; never lower it."""
    if requested is None:
        return
    stat = row.raised == Urgency.STAT or requested is RequestedPriority.STAT
    row.raised = Urgency.STAT if stat else Urgency.HIGH


def write_result(row: CaseRow, result: ScreeningResult, thumbnail: bytes) -> None:
    """Write the result of its film into a row."""
    score, heat = result.score, result.heat
    row.flag = result.decision.flag
    row.probability = score.probability if score else None
    row.low = score.operating_points.low if score else None
    row.high = score.operating_points.high if score else None
    row.population = score.population if score else None
    row.heat = heat.values.astype(np.float16).tobytes() if heat else None
    row.heat_rows = len(heat.values) if heat else None
    row.heat_contour = heat.contour if heat else None
    row.thumbnail = thumbnail
    row.bundle_version = result.bundle_version
    row.seconds = result.seconds
    write_reasons(row, result.decision.reasons)


def write_reasons(row: CaseRow, reasons: tuple[Reason, ...]) -> None:
    """Write into a row the reasons for its flag."""
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
