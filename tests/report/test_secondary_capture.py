import numpy as np
import pytest
from made_films import made_film
from pydicom.pixels import pixel_array
from report.reported_cases import UIDS, identity, refused_case, routine_case, scored_case

from cxr import RESEARCH_USE
from cxr.report.secondary_capture import drawn, overlay_capture
from cxr.triage.flag import Reason

FILM = made_film(0, 240, 320)


def test_the_capture_is_what_was_drawn_and_refers_to_the_film() -> None:
    capture = overlay_capture(scored_case(), FILM, identity())

    assert np.array_equal(pixel_array(capture), drawn(scored_case(), FILM))
    assert capture.SourceImageSequence[0].ReferencedSOPInstanceUID == UIDS["SOPInstanceUID"]
    assert capture.StudyInstanceUID == UIDS["StudyInstanceUID"]
    assert capture.ImageComments == RESEARCH_USE
    assert capture.ConversionType == "WSD"
    assert list(capture.ImageType)[:2] == ["DERIVED", "SECONDARY"]


def test_heat_is_in_colour_and_a_refused_or_routine_film_stays_grey() -> None:
    def colourful(picture: np.ndarray) -> bool:
        film = picture[: FILM.pixels.shape[0]].astype(int)
        return bool((np.ptp(film, axis=2) > 40).any())

    assert colourful(drawn(scored_case(), FILM))
    assert not colourful(drawn(routine_case(), FILM))
    assert not colourful(drawn(refused_case(), FILM))


@pytest.mark.parametrize("shape", [(128, 4000), (4000, 128), (3000, 3000), (128, 128)])
def test_no_side_is_longer_than_the_limit_whatever_there_is_to_say(shape: tuple[int, int]) -> None:
    reasons = tuple(Reason("code", "Many words that take their place. " * 10) for _ in range(20))
    picture = drawn(refused_case(reasons=reasons), made_film(0, *shape))
    assert max(picture.shape[:2]) <= 2048


@pytest.mark.parametrize("stated", ["YES", "NO"])
def test_burned_in_annotation_is_that_of_the_film(stated: str) -> None:
    film = identity(BurnedInAnnotation=stated)
    assert overlay_capture(scored_case(), FILM, film).BurnedInAnnotation == stated


def test_what_the_film_does_not_state_is_not_guessed() -> None:
    capture = overlay_capture(scored_case(), FILM, identity())
    assert "BurnedInAnnotation" not in capture
    assert capture.PatientOrientation == ""
