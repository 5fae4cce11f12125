"""Results of a film that a person rotated or mirrored refer to the file as it is."""

import numpy as np
import pytest
from made_films import made_film
from report.reported_cases import identity, scored_case
from report.test_presentation_state import contour

from cxr.film import AS_STORED, Orientation
from cxr.report.presentation_state import presentation_state
from cxr.report.secondary_capture import overlay_capture
from cxr.report.structured_report import structured_report

HEIGHT, WIDTH = 240, 320
TURNED = [Orientation.of(code) for code in range(1, 8)]


@pytest.mark.parametrize("orientation", TURNED)
def test_the_outline_lies_in_the_file_where_the_heat_lies_in_the_display(orientation: Orientation) -> None:
    state = presentation_state(scored_case(orientation=orientation), identity(height=HEIGHT, width=WIDTH))

    assert state
    # The hot place is the middle of cell (4, 10) of 14 by 14 as displayed.
    mark = np.zeros((14, 14))
    mark[4, 10] = 1
    (row,), (column,) = np.nonzero(back(orientation, mark))
    middle = contour(state)[:-1].mean(axis=0)
    np.testing.assert_allclose(middle, ((column + 0.5) * WIDTH / 14, (row + 0.5) * HEIGHT / 14), atol=4)


def back(orientation: Orientation, displayed: np.ndarray) -> np.ndarray:
    """What is displayed, as it lies in the file."""
    numbers = orientation.displayed(np.arange(displayed.size).reshape(displayed.shape))
    stored = np.empty(displayed.size)
    stored[numbers.ravel()] = displayed.ravel()
    return stored.reshape(displayed.shape)


@pytest.mark.parametrize("orientation", TURNED)
def test_a_viewer_shows_the_film_as_the_reader_saw_it(orientation: Orientation) -> None:
    state = presentation_state(scored_case(orientation=orientation), identity())

    assert state
    flip = "Y" if orientation.mirrored else "N"
    assert (state.ImageRotation, state.ImageHorizontalFlip) == (90 * orientation.quarter_turns, flip)


def test_a_film_as_stored_is_not_rotated() -> None:
    state = presentation_state(scored_case(), identity())
    assert state and "ImageRotation" not in state and "ImageHorizontalFlip" not in state


@pytest.mark.parametrize("orientation", TURNED)
def test_report_and_presentation_state_outline_the_same(orientation: Orientation) -> None:
    case, film = scored_case(orientation=orientation), identity(height=HEIGHT, width=WIDTH)
    state = presentation_state(case, film)

    assert state
    report = structured_report(case, film)
    outlines = [item.value for item in report.iterall() if item.keyword == "GraphicData"]
    assert outlines
    np.testing.assert_allclose(np.array(outlines[0]).reshape(-1, 2), contour(state), atol=0.01)


def test_an_orientation_in_the_header_is_not_repeated_where_it_may_no_longer_hold() -> None:
    film = identity(PatientOrientation=["L", "F"])
    as_stored = overlay_capture(scored_case(), made_film(0, 240, 320), film)
    turned = overlay_capture(scored_case(orientation=Orientation(1)), made_film(0, 320, 240), film)

    assert list(as_stored.PatientOrientation) == ["L", "F"] and turned.PatientOrientation == ""
    assert scored_case().orientation == AS_STORED
