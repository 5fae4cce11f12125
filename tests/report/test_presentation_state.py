import numpy as np
import pytest
from pydicom.dataset import Dataset
from report.reported_cases import NOW, UIDS, heat, identity, refused_case, routine_case, scored_case

from cxr import RESEARCH_USE
from cxr.explain.gradcam import HeatMap
from cxr.report.presentation_state import presentation_state


def contour(state: Dataset) -> np.ndarray:
    (graphic,) = state.GraphicAnnotationSequence[0].GraphicObjectSequence
    assert (graphic.GraphicType, graphic.GraphicAnnotationUnits) == ("POLYLINE", "PIXEL")
    return np.array(graphic.GraphicData).reshape(-1, 2)


@pytest.mark.parametrize("shape", [(240, 320), (2140, 1760)])
def test_the_contour_lies_around_the_heat_in_pixels_of_the_original(shape: tuple[int, int]) -> None:
    height, width = shape
    state = presentation_state(scored_case(), identity(height=height, width=width), NOW)

    assert state
    points = contour(state)
    # The hot place is the middle of cell (4, 10) of 14 by 14; its Gauss curve halves 1.67 cells off.
    centre, radius = (10.5 * width / 14, 4.5 * height / 14), (1.67 * width / 14, 1.67 * height / 14)
    off = np.hypot(*((points - centre) / radius).T)
    assert off.min() > 0.85 and off.max() < 1.15
    assert np.array_equal(points[0], points[-1])


def test_a_state_belongs_to_the_film_and_says_what_it_is_not() -> None:
    state = presentation_state(scored_case(), identity(), NOW)
    assert state
    reference = state.ReferencedSeriesSequence[0]
    assert reference.SeriesInstanceUID == UIDS["SeriesInstanceUID"]
    assert reference.ReferencedImageSequence[0].ReferencedSOPInstanceUID == UIDS["SOPInstanceUID"]
    text = state.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue
    assert "Urgent: probability of pneumonia 87.0 %" in text and RESEARCH_USE in text


def test_there_is_none_where_no_contour_is_drawn() -> None:
    cold = HeatMap(np.full((14, 14), 0.2, np.float32), 0.5, True)
    for case in (refused_case(), routine_case(), scored_case(heat=cold)):
        assert presentation_state(case, identity(), NOW) is None


def test_there_is_none_over_a_colour_image() -> None:
    assert presentation_state(scored_case(), identity(PhotometricInterpretation="RGB"), NOW) is None


@pytest.mark.parametrize(
    ("photometric", "turned", "shape"),
    [
        ("MONOCHROME2", False, "IDENTITY"),
        ("MONOCHROME1", False, "INVERSE"),
        ("MONOCHROME2", True, "INVERSE"),
        ("MONOCHROME1", True, "IDENTITY"),
    ],
)
def test_black_is_air_also_where_a_film_was_turned_round(photometric: str, turned: bool, shape: str) -> None:
    state = presentation_state(
        scored_case(inverted=turned), identity(PhotometricInterpretation=photometric), NOW
    )
    assert state and state.PresentationLUTShape == shape


def test_the_films_own_window_and_rescaling_are_kept() -> None:
    film = identity(WindowCenter="100", WindowWidth="50", RescaleSlope="2", RescaleIntercept="-1")
    state = presentation_state(scored_case(), film, NOW)
    assert state
    window = state.SoftcopyVOILUTSequence[0]
    assert (window.WindowCenter, window.WindowWidth) == (100, 50)
    assert (state.RescaleSlope, state.RescaleIntercept) == (2, -1)


@pytest.mark.parametrize("lone", ["WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept"])
def test_half_a_window_or_rescaling_is_none(lone: str) -> None:
    state = presentation_state(scored_case(), identity(**{lone: "2"}), NOW)
    assert state and lone not in state


def test_a_hot_corner_stays_on_the_film() -> None:
    state = presentation_state(scored_case(heat=heat(row=0, column=13)), identity(), NOW)
    assert state
    points = contour(state)
    assert points.min() >= 0 and points[:, 0].max() <= 320 and points[:, 1].max() <= 240
