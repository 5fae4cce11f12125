"""A film that a person rotates or mirrors: what is displayed, and where that lies in the file."""

import numpy as np
import pytest
from made_films import grey_level, png

from cxr.film import AS_STORED, Adjusted, Orientation, read_film
from cxr.film.redaction import Corner, redact_corners

ALL = [Orientation.of(code) for code in range(8)]
STORED = np.arange(12).reshape(3, 4)


def test_each_orientation_has_a_code_and_no_two_look_alike() -> None:
    assert [one.code for one in ALL] == list(range(8)) and ALL[0] == AS_STORED
    assert len({one.displayed(STORED).tobytes() for one in ALL}) == 8


def test_a_film_is_rotated_clockwise_and_then_mirrored() -> None:
    assert Orientation(1).displayed(STORED)[0].tolist() == [8, 4, 0]
    assert Orientation(1, mirrored=True).displayed(STORED)[0].tolist() == [0, 4, 8]


@pytest.mark.parametrize("now", ALL)
def test_what_is_displayed_is_rotated_and_mirrored_as_seen(now: Orientation) -> None:
    seen = now.displayed(STORED)

    for steps in range(4):
        np.testing.assert_array_equal(now.rotated(steps).displayed(STORED), np.rot90(seen, -steps))
    np.testing.assert_array_equal(now.flipped().displayed(STORED), seen[:, ::-1])
    assert now.rotated(1).rotated(3) == now.flipped().flipped() == now


@pytest.mark.parametrize("orientation", ALL)
def test_a_place_of_the_display_is_found_in_the_file(orientation: Orientation) -> None:
    displayed = orientation.displayed(STORED)
    rows, columns = np.indices(displayed.shape).reshape(2, -1)
    middles = np.stack([(columns + 0.5) / displayed.shape[1], (rows + 0.5) / displayed.shape[0]], axis=1)

    columns, rows = np.floor(orientation.in_file(middles) * STORED.shape[::-1]).astype(int).T

    np.testing.assert_array_equal(STORED[rows, columns], displayed.ravel())


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("corner", Corner)
def test_a_corner_of_the_display_is_found_in_the_file(orientation: Orientation, corner: Corner) -> None:
    seen = redact_corners(orientation.displayed(STORED), [corner], 0.1, 0.1, -1)

    assert (
        orientation.displayed(redact_corners(STORED, [corner.in_file(orientation)], 0.1, 0.1, -1)) == seen
    ).all()


@pytest.mark.parametrize("inverted", [False, True])
def test_a_film_is_read_as_a_person_had_it_adjusted(inverted: bool) -> None:
    orientation = Orientation(1, mirrored=True)

    film = read_film(Adjusted(png(0), inverted, orientation))

    expected = orientation.displayed(grey_level(0))
    np.testing.assert_array_equal(film.pixels, 255 - expected if inverted else expected)
    assert (film.orientation, film.inverted_by_reader) == (orientation, inverted)
    assert film.sha256 == read_film(png(0)).sha256


def test_distances_between_rows_and_columns_change_places_with_them() -> None:
    from film.film_files import dicom_file

    content = dicom_file(np.arange(150 * 200, dtype=np.uint16).reshape(150, 200), PixelSpacing=[0.1, 0.2])

    assert read_film(content).spacing_mm == (0.1, 0.2)
    assert read_film(Adjusted(content, orientation=Orientation(3))).spacing_mm == (0.2, 0.1)
    assert read_film(Adjusted(content, orientation=Orientation(2, True))).spacing_mm == (0.1, 0.2)


def test_there_are_four_quarter_turns() -> None:
    with pytest.raises(ValueError, match="got 4"):
        Orientation(4)
