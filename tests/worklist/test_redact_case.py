"""A film whose burnt-in text goes is another film under the same number, scored anew."""

from collections.abc import Callable

import numpy as np
import pytest
from made_cases import ADA, BEN, hand_in, now, reading, scored

from cxr.film import Orientation, read_film
from cxr.film.redaction import Corner
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, State
from cxr.worklist.reading.not_possible import ChangedError, NotPossibleError
from cxr.worklist.worklist import Worklist


def redaction(worklist: Worklist, case: Case, corner: Corner = Corner.TOP_LEFT) -> Case:
    return worklist.redaction.corners(case, ADA, [corner], 0.3, 0.1)


def test_the_film_of_before_is_gone_and_the_new_one_waits(worklist: Worklist) -> None:
    case = scored(worklist, said=reading(0.9))

    changed = redaction(worklist, case)

    assert changed.number == case.number and changed.sha256 != case.sha256
    assert changed.state is State.WAITING and changed.probability is changed.thumbnail is None
    assert not worklist.film_path(case).exists()
    assert read_film(worklist.film_path(changed)).pixels[:22, :67].max() == 0
    line = worklist.audit.lines(case=case.number)[0]
    assert (line.who, line.action) == (ADA, Action.REDACTED)
    assert line.details == {"film": 1, "sha256": changed.sha256, "corners": "top left"}
    assert scored(worklist, changed).probability == 0.9


CHANGES: list[Callable[[Worklist, Case], object]] = [
    lambda worklist, case: worklist.desk.claim(case, BEN),
    lambda worklist, case: redaction(worklist, case, Corner.TOP_RIGHT),
]


@pytest.mark.parametrize("change", CHANGES, ids=["claimed", "redacted"])
def test_of_two_who_change_a_case_the_second_is_told(
    worklist: Worklist, change: Callable[[Worklist, Case], object]
) -> None:
    case = hand_in(worklist)
    change(worklist, case)

    with pytest.raises((ChangedError, NotPossibleError)):
        redaction(worklist, case)

    assert worklist.film_path(now(worklist, case.number)).exists()


def test_without_a_corner_nothing_happens(worklist: Worklist) -> None:
    case = hand_in(worklist)

    with pytest.raises(NotPossibleError, match="Choose the corners"):
        worklist.redaction.corners(case, ADA, [], 0.3, 0.1)

    assert worklist.film_path(case).exists()


def test_the_same_corner_twice_is_told_and_loses_nothing(worklist: Worklist) -> None:
    changed = redaction(worklist, hand_in(worklist))

    with pytest.raises(NotPossibleError, match="already"):
        redaction(worklist, changed)

    assert worklist.film_path(changed).exists()


def test_the_corner_that_a_reader_sees_is_redacted_also_of_a_rotated_film(worklist: Worklist) -> None:
    case = worklist.desk.orient(hand_in(worklist), ADA, Orientation(1, mirrored=True))
    before = read_film(worklist.film_source(case)).pixels

    changed = redaction(worklist, now(worklist, case.number), Corner.BOTTOM_LEFT)

    after = read_film(worklist.film_source(changed)).pixels
    rows, columns = round(0.1 * before.shape[0]), round(0.3 * before.shape[1])
    expected = before.copy()
    expected[-rows:, :columns] = 0
    np.testing.assert_array_equal(after, expected)
