"""The stop rule: when it acts, when it does not, and how it ends."""

import datetime
from pathlib import Path

import pytest
from empty_worklist import empty_database
from worklist.made_cases import read_urgent

from cxr.site.stop_rule import FEWEST, WHO, apply_stop_rule
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist

ILL, HEALTHY = Finding.PNEUMONIA, Finding.NO_PNEUMONIA


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """An empty worklist with a limit of 0.6."""
    worklist = Worklist(empty_database(tmp_path), tmp_path / "films")
    worklist.site.set_stop_rule(0.6, "root")
    return worklist


def test_agreement_under_the_limit_with_its_whole_interval_withholds_results(worklist: Worklist) -> None:
    read_urgent(worklist, 0, 4, ILL)
    read_urgent(worklist, 10, 16, HEALTHY)

    reason = apply_stop_rule(worklist)

    assert reason is not None and "0.200 (0.081-0.416) in 20 cases" in reason
    state = worklist.site.state()
    assert (state.mode, state.who, state.reason) == (Mode.STOPPED, WHO, reason)
    (line,) = worklist.audit.lines(action=Action.SITE_STATE)
    assert (line.who, line.text, dict(line.details)) == (WHO, reason, {"from": "live", "to": "stopped"})
    assert apply_stop_rule(worklist) is None


def test_an_interval_that_includes_the_limit_stops_nothing(worklist: Worklist) -> None:
    read_urgent(worklist, 0, 10, ILL)
    read_urgent(worklist, 10, 10, HEALTHY)

    assert apply_stop_rule(worklist) is None
    assert worklist.site.state().mode is Mode.LIVE


def test_fewer_than_twenty_cases_stop_nothing_however_they_disagree(worklist: Worklist) -> None:
    read_urgent(worklist, 0, FEWEST - 1, HEALTHY)
    assert apply_stop_rule(worklist) is None
    read_urgent(worklist, 30, 1, HEALTHY)
    assert apply_stop_rule(worklist) is not None


def test_without_a_limit_there_is_no_rule_and_a_limit_of_the_call_precedes(worklist: Worklist) -> None:
    read_urgent(worklist, 0, FEWEST, HEALTHY)
    worklist.site.set_stop_rule(None, "root")

    assert apply_stop_rule(worklist) is None
    assert apply_stop_rule(worklist, 0.5) is not None


def test_silent_mode_is_left_as_it_is(worklist: Worklist) -> None:
    read_urgent(worklist, 0, FEWEST, HEALTHY)
    worklist.site.change(Mode.SILENT, "root")

    assert apply_stop_rule(worklist) is None
    assert worklist.site.state().mode is Mode.SILENT


def test_what_was_read_before_a_stop_ended_does_not_count_again(worklist: Worklist) -> None:
    read_urgent(worklist, 0, FEWEST, HEALTHY)
    assert apply_stop_rule(worklist)
    worklist.site.change(Mode.LIVE, "root", "the machine is repaired")

    assert apply_stop_rule(worklist) is None
    read_urgent(worklist, 30, FEWEST, HEALTHY)
    assert apply_stop_rule(worklist) is not None


def test_findings_older_than_four_weeks_do_not_count(worklist: Worklist) -> None:
    read_urgent(worklist, 0, FEWEST, HEALTHY)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=29)

    assert apply_stop_rule(worklist, now=later) is None
