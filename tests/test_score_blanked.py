"""A film scored again without its outlined region, by either library."""

from pathlib import Path

import numpy as np
import pytest

from cxr.film import Film, Population, read_film
from cxr.model.bundle import Bundle
from cxr.model.engines import installed_libraries, make_engine
from cxr.model.identity import Library
from cxr.screening import Screener, ScreeningResult
from cxr.triage.flag import Flag

CHILD = Population.CHILD


@pytest.fixture(scope="module")
def urgent(data_dir: Path, screener: Screener) -> list[tuple[Path, ScreeningResult]]:
    """Pneumonia films of the shipped bundle with an outline."""
    paths = sorted((data_dir / "kermany" / "val" / "PNEUMONIA").iterdir())
    results = screener.screen_films([read_film(path) for path in paths], CHILD)
    return [pair for pair in zip(paths, results, strict=True) if pair[1].decision.flag is Flag.URGENT]


@pytest.mark.parametrize("library", list(Library))
def test_the_outlined_region_raised_the_score(
    library: Library, bundle: Bundle, urgent: list[tuple[Path, ScreeningResult]]
) -> None:
    if library not in installed_libraries():
        pytest.skip(f"{library} is not installed")
    screener = Screener(bundle, engine=make_engine(bundle, library))
    falls = []
    for path, result in urgent:
        assert result.score and result.heat
        if score := screener.score_blanked(path, result.heat, CHILD, 0.3):
            assert score.prevalence == 0.3
            falls.append(result.score.logit - score.logit)

    assert len(falls) >= 5
    assert np.median(falls) > 0.1


def test_a_film_without_an_outline_is_not_scored_again(data_dir: Path, screener: Screener) -> None:
    path = next((data_dir / "kermany" / "val" / "NORMAL").iterdir())
    film: Film = read_film(path)
    (result,) = screener.screen_films([film], CHILD)

    assert result.heat and not result.heat.shown
    assert screener.score_blanked(path, result.heat, CHILD, 0.3) is None
