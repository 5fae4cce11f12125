import struct

import numpy as np
import pytest
from film.film_files import with_element
from pydicom.dataset import Dataset
from report.reported_cases import UIDS, dicom_film, heat, identity, refused_case, routine_case, scored_case

from cxr import RESEARCH_USE
from cxr.explain.gradcam import HeatMap
from cxr.film import Film, read_film
from cxr.film.identity import identity_of
from cxr.film.voi import Window
from cxr.report.presentation_state import presentation_state


def contour(state: Dataset) -> np.ndarray:
    (graphic,) = state.GraphicAnnotationSequence[0].GraphicObjectSequence
    assert (graphic.GraphicType, graphic.GraphicAnnotationUnits) == ("POLYLINE", "PIXEL")
    return np.array(graphic.GraphicData).reshape(-1, 2)


@pytest.mark.parametrize("shape", [(240, 320), (2140, 1760)])
def test_the_contour_lies_around_the_heat_in_pixels_of_the_original(shape: tuple[int, int]) -> None:
    height, width = shape
    state = presentation_state(scored_case(), identity(height=height, width=width))

    assert state
    points = contour(state)
    # The hot place is the middle of cell (4, 10) of 14 by 14; its Gauss curve halves 1.67 cells off.
    centre, radius = (10.5 * width / 14, 4.5 * height / 14), (1.67 * width / 14, 1.67 * height / 14)
    off = np.hypot(*((points - centre) / radius).T)
    assert off.min() > 0.85 and off.max() < 1.15
    assert np.array_equal(points[0], points[-1])


def test_a_state_refers_to_the_film_and_says_that_it_is_for_research() -> None:
    state = presentation_state(scored_case(), identity())
    assert state
    reference = state.ReferencedSeriesSequence[0]
    assert reference.SeriesInstanceUID == UIDS["SeriesInstanceUID"]
    assert reference.ReferencedImageSequence[0].ReferencedSOPInstanceUID == UIDS["SOPInstanceUID"]
    text = state.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue
    assert "Urgent: probability of pneumonia 87.0 %" in text and RESEARCH_USE in text


def test_there_is_none_where_no_outline_is_drawn() -> None:
    cold = HeatMap(np.full((14, 14), 0.2, np.float32), 0.5, True)
    for case in (refused_case(), routine_case(), scored_case(heat=cold)):
        assert presentation_state(case, identity()) is None


def test_there_is_none_over_a_colour_image() -> None:
    assert presentation_state(scored_case(), identity(PhotometricInterpretation="RGB")) is None


@pytest.mark.parametrize(
    ("photometric", "turned", "shape"),
    [
        ("MONOCHROME2", False, "IDENTITY"),
        ("MONOCHROME1", False, "INVERSE"),
        ("MONOCHROME2", True, "INVERSE"),
        ("MONOCHROME1", True, "IDENTITY"),
    ],
)
def test_black_is_air_also_where_a_person_inverted_a_film(photometric: str, turned: bool, shape: str) -> None:
    state = presentation_state(scored_case(inverted=turned), identity(PhotometricInterpretation=photometric))
    assert state and state.PresentationLUTShape == shape


def test_the_films_own_window_and_rescaling_are_kept() -> None:
    film = identity(WindowCenter="100", WindowWidth="50", RescaleSlope="2", RescaleIntercept="-1")
    state = presentation_state(scored_case(), film)
    assert state
    window = state.SoftcopyVOILUTSequence[0]
    assert (window.WindowCenter, window.WindowWidth) == (100, 50)
    assert (state.RescaleSlope, state.RescaleIntercept) == (2, -1)


@pytest.mark.parametrize("lone", ["WindowCenter", "WindowWidth"])
def test_half_a_window_is_none(lone: str) -> None:
    state = presentation_state(scored_case(), identity(**{lone: "2"}))
    assert state and "SoftcopyVOILUTSequence" not in state


@pytest.mark.parametrize(("lone", "both"), [("RescaleSlope", (2, 0)), ("RescaleIntercept", (1, 2))])
def test_half_a_rescaling_is_completed_as_the_display_does(lone: str, both: tuple[int, int]) -> None:
    state = presentation_state(scored_case(), identity(**{lone: "2"}))
    assert state and (state.RescaleSlope, state.RescaleIntercept) == both


@pytest.mark.parametrize(("vr", "two"), [("US", b"\2\0"), ("LO", b"2 "), ("FD", struct.pack("<d", 2))])
def test_a_rescaling_in_another_representation_is_kept(vr: str, two: bytes) -> None:
    film = identity_of(with_element(dicom_film(RescaleIntercept="-1"), 0x00281053, vr, two))

    state = presentation_state(scored_case(), film)

    assert state and (state.RescaleSlope, state.RescaleIntercept) == (2, -1)


def test_a_hot_corner_stays_on_the_film() -> None:
    state = presentation_state(scored_case(heat=heat(row=0, column=13)), identity())
    assert state
    points = contour(state)
    assert points.min() >= 0 and points[:, 0].max() <= 320 and points[:, 1].max() <= 240


def shown(**header: object) -> Dataset:
    state = presentation_state(scored_case(), identity(**header))
    assert state
    return state


@pytest.mark.parametrize(
    ("header", "window"),
    [
        ({"WindowCenter": ["2048", "1900"], "WindowWidth": ["4096", "3000"]}, (2048, 4096)),
        ({"WindowCenter": ["2048", "1900"], "WindowWidth": "4096"}, (2048, 4096)),
        ({"WindowCenter": ["2048", "1900"], "WindowWidth": ["0", "3000"]}, (1900, 3000)),
        ({"WindowCenter": "2048", "WindowWidth": "0"}, None),
        ({"WindowCenter": "2048", "WindowWidth": "0.5"}, None),
        ({"WindowCenter": "2048", "WindowWidth": "-4096"}, None),
    ],
)
def test_the_first_usable_window_is_the_one_that_is_shown(
    header: dict[str, object], window: tuple[float, float] | None
) -> None:
    state = shown(**header)
    if window is None:
        assert "SoftcopyVOILUTSequence" not in state
        return
    (voi,) = state.SoftcopyVOILUTSequence
    assert (voi.WindowCenter, voi.WindowWidth) == window


@pytest.mark.parametrize(
    ("function", "kept"), [("", None), ("SPLINE", None), ("linear", None), ("sigmoid", "SIGMOID")]
)
def test_an_unknown_voi_lut_function_is_linear(function: str, kept: str | None) -> None:
    (voi,) = shown(WindowCenter="100", WindowWidth="50", VOILUTFunction=function).SoftcopyVOILUTSequence
    assert voi.get("VOILUTFunction") == kept


def shown_as_read(**header: object) -> tuple[Film, Dataset]:
    """Read a film whose stored values lie between 0 and 255, and make its presentation state."""
    content = dicom_film(**header)
    film = read_film(content)
    state = presentation_state(scored_case(), identity_of(content), film=film)
    assert state
    return film, state


def test_a_state_has_the_window_that_shows_the_film_and_not_the_first_in_form() -> None:
    film, state = shown_as_read(WindowCenter=["9000", "120", "60"], WindowWidth=["10", "100", "50"])

    assert film.window == Window(120, 100)
    (voi,) = state.SoftcopyVOILUTSequence
    assert (voi.WindowCenter, voi.WindowWidth) == (120, 100)


def test_a_state_has_the_table_that_shows_the_film_and_not_the_first_in_form() -> None:
    above = lut(512)
    above.add_new("LUTDescriptor", "US", [512, 2000, 12])

    film, state = shown_as_read(
        VOILUTSequence=[Dataset(), above, lut(256)], WindowCenter="9", WindowWidth="9"
    )

    assert (film.voi_table, film.window) == (1, None)
    (voi,) = state.SoftcopyVOILUTSequence
    assert [list(one.LUTDescriptor)[:2] for one in voi.VOILUTSequence] == [[256, 0]]


def test_a_state_has_no_window_where_none_shows_the_film() -> None:
    film, state = shown_as_read(WindowCenter=["9000", "8000"], WindowWidth=["10", "10"])

    assert film.window is None and "SoftcopyVOILUTSequence" not in state


@pytest.mark.parametrize(
    ("header", "rescale"),
    [
        ({"RescaleSlope": "0", "RescaleIntercept": "-100"}, (1, -100)),
        ({"RescaleSlope": "2", "RescaleIntercept": "1e12"}, (2, 0)),
        ({"RescaleSlope": "0", "RescaleIntercept": ""}, None),
    ],
)
def test_a_state_rescales_as_the_display_does(
    header: dict[str, object], rescale: tuple[int, int] | None
) -> None:
    _, state = shown_as_read(**header)

    found = (state.RescaleSlope, state.RescaleIntercept) if "RescaleSlope" in state else None
    assert found == rescale


def lut(entries: int, bits: int = 12) -> Dataset:
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [entries, 0, bits])
    table.add_new("LUTData", "OW", np.arange(entries, dtype=np.uint16).tobytes())
    return table


def test_a_usable_voi_lut_comes_before_the_windows_and_an_empty_one_is_passed_over() -> None:
    window = {"WindowCenter": "100", "WindowWidth": "50"}
    (voi,) = shown(VOILUTSequence=[Dataset(), lut(256), lut(512)], **window).SoftcopyVOILUTSequence
    assert "WindowCenter" not in voi
    assert [one.LUTDescriptor[0] for one in voi.VOILUTSequence] == [256]

    (voi,) = shown(VOILUTSequence=[Dataset()], **window).SoftcopyVOILUTSequence
    assert voi.WindowCenter == 100 and "VOILUTSequence" not in voi


def test_a_voi_lut_of_values_below_0_is_repeated() -> None:
    table = lut(256)
    table.add_new("LUTDescriptor", "SS", [256, -2048, 16])

    (voi,) = shown(VOILUTSequence=[table], RescaleSlope="1", RescaleIntercept="-2048").SoftcopyVOILUTSequence

    assert list(voi.VOILUTSequence[0].LUTDescriptor)[:2] == [256, -2048]
    assert "ReferencedImageSequence" not in voi
