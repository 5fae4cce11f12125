"""Where a reader sees pneumonia."""

from made_cases import ADA, now, scored

from cxr.explain.place import ZONES
from cxr.worklist.case import Finding
from cxr.worklist.location import NOT_STATED, Location, Side, Zone
from cxr.worklist.worklist import Worklist

RIGHT_LOWER = Location(Side.RIGHT, Zone.LOWER)


def test_side_and_zone_are_stored_recorded_and_undone_with_the_finding(worklist: Worklist) -> None:
    case = worklist.desk.report(
        worklist.desk.claim(scored(worklist), ADA), ADA, Finding.PNEUMONIA, location=RIGHT_LOWER
    )

    report = now(worklist, case.number).report
    assert report and (report.location, report.words) == (RIGHT_LOWER, "pneumonia, right lower zone")
    (line, *_) = worklist.audit.lines(case=case.number)
    assert line.details["location"] == "right lower zone"
    undone = worklist.desk.undo_report(case, ADA)
    again = worklist.desk.report(undone, ADA, Finding.PNEUMONIA)
    assert again.report and again.report.location == NOT_STATED


def test_side_and_zone_are_those_of_a_pneumonia(worklist: Worklist) -> None:
    case = worklist.desk.report(
        worklist.desk.claim(scored(worklist), ADA), ADA, Finding.NO_PNEUMONIA, location=RIGHT_LOWER
    )

    assert case.report and case.report.location == NOT_STATED
    assert "location" not in worklist.audit.lines(case=case.number)[0].details


def test_a_place_is_named_as_that_of_the_region_of_the_model() -> None:
    both = [str(Location(side, zone)) for side in (Side.RIGHT, Side.LEFT) for zone in Zone]
    assert tuple(both) == ZONES
    assert [str(Location(side)) for side in Side] == ["right lung", "left lung", "both lungs"]
    assert str(Location(zone=Zone.UPPER)) == "upper zone"
    assert str(Location(Side.BOTH, Zone.UPPER)) == "both upper zones"
