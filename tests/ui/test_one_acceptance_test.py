"""One acceptance test runs at a time on a server, and everybody who may run one sees it."""

import threading

import pytest
from worklist.made_cases import hand_in

from cxr.measure.labels import LabelsError
from cxr.screening import Screener
from cxr.site.limits import Limits
from cxr.ui.acceptance_test import AcceptanceTest, AcceptanceTests, Asked, Films, from_list
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.worklist import Worklist

ASKED = Asked(Limits(), 0.2, 50)


def test_a_second_test_is_refused_while_one_runs_whose_progress_is_seen() -> None:
    tests, go_on, scoring = AcceptanceTests(), threading.Event(), threading.Event()

    def films(test: AcceptanceTest) -> Films:
        test.done, test.total = 3, 40
        scoring.set()
        go_on.wait(60)
        return {}

    def begin() -> AcceptanceTest:
        test = AcceptanceTest(who="Ada")
        test.run(films, "made-1", ASKED)
        return test

    first = tests.start(begin)
    scoring.wait(60)
    seen = tests.running()
    assert seen is first and (seen.done, seen.total, seen.who) == (3, 40, "Ada")
    with pytest.raises(NotPossibleError, match="is running"):
        tests.start(begin)

    go_on.set()
    first.finished.wait(60)
    assert tests.running() is None and "No labelled film" in first.problem
    second = tests.start(begin)
    assert second.finished.wait(60) and tests.running() is None


def test_a_case_that_the_worklist_does_not_have_is_named(
    worklist: Worklist, small_screener: Screener
) -> None:
    hand_in(worklist, 1)
    uploads = [("labels.csv", b"case,label\n1,normal\n7,normal\n99,pneumonia\n")]

    with pytest.raises(LabelsError, match="Not on the worklist, or dismissed: case 7, 99"):
        from_list(uploads, worklist, small_screener, AcceptanceTest())
    with pytest.raises(LabelsError, match="Upload one list"):
        from_list([*uploads, *uploads], worklist, small_screener, AcceptanceTest())
