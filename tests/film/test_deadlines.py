"""Deadlines that one thread watches."""

from queue import SimpleQueue

from waiting import PATIENCE

from cxr.film.deadlines import Deadlines


def test_what_takes_too_long_is_ended_and_nothing_else() -> None:
    deadlines, ended = Deadlines(), SimpleQueue[str]()

    with (
        deadlines.within(PATIENCE, lambda: ended.put("in time")),
        deadlines.within(0.01, lambda: ended.put("late")),
    ):
        assert ended.get(timeout=PATIENCE) == "late"
    with deadlines.within(0.01, lambda: ended.put("after all were over")):
        assert ended.get(timeout=PATIENCE) == "after all were over"

    assert ended.empty()
