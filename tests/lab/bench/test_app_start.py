from wanting import missing

from cxr.lab.bench.app_start import measure_start
from cxr.model.bundle import Bundle
from cxr.samples import sample_paths


def test_a_fresh_app_shows_its_page_and_then_the_result_of_a_film(bundle: Bundle) -> None:
    start = measure_start(sample_paths()[0], bundle.digest, starts=1)

    if start is None:
        missing("no Chromium: apt-get install chromium-headless-shell")
    assert 0 < start.contentful_paint.median <= start.heading.median < start.result.median
    assert 0 < start.resident_mb.median <= start.peak_mb.median
