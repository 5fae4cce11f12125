import pytest
from wanting import missing

from cxr.lab.bench import viewer_times
from cxr.model.bundle import Bundle


def test_a_click_shows_the_film_small_and_then_whole_and_windowing_draws_frames(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A film as large as a hospital's, windowed as long as it takes to count frames, is for a measurement.
    monkeypatch.setattr(viewer_times, "SIDE", 600)
    monkeypatch.setattr(viewer_times, "DRAGGED_STEPS", 30)
    times = viewer_times.measure_viewer(bundle.digest, opened=1)

    if times is None:
        missing("no Chromium: apt-get install chromium-headless-shell")
    assert 0 < times.first_picture.median <= times.whole_film.median
    assert times.frames_a_second.median > 0
