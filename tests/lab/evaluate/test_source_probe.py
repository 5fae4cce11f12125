from pathlib import Path

import numpy as np
import pytest
from made_films import grey_levels

from cxr.film import Population
from cxr.lab.evaluate.source_probe import intensity_statistics, probe_sources
from cxr.measure.labels import Label, LabelledFilm

RANDOM = np.random.default_rng(0)


def film(number: int, source: str, label: Label) -> LabelledFilm:
    return LabelledFilm(Path("a.png"), label, Population.CHILD, "val", str(number), source, (128, 128), ())


# Pneumonia is common in the east and rare in the west: a label tells the source at a glance.
FILMS = [
    film(number, source, label)
    for source, sick in (("east", 160), ("west", 40))
    for number, label in enumerate([Label.PNEUMONIA] * sick + [Label.NORMAL] * (200 - sick))
]
WEST = np.array([film.source == "west" for film in FILMS])
SICK = np.array([film.positive for film in FILMS])
GREY = RANDOM.integers(0, 255, (len(FILMS), 8, 8)).astype(np.uint8)


def features(told: np.ndarray) -> np.ndarray:
    """Eight features, of which the first says something."""
    noise = RANDOM.normal(size=(len(FILMS), 8))
    noise[:, 0] += 6 * told
    return noise.astype(np.float32)


def test_a_source_that_is_in_the_features_is_found() -> None:
    (found,) = probe_sources(FILMS, features(WEST), GREY, repeats=50)
    assert found.sources == ("east", "west")
    assert found.features.auroc and found.features.auroc.value > 0.99
    assert found.features.balanced_accuracy and found.features.balanced_accuracy.value > 0.97
    assert found.statistics.auroc and found.statistics.auroc.low < 0.5 < found.statistics.auroc.high


def test_a_label_that_goes_with_the_source_is_not_taken_for_it() -> None:
    (found,) = probe_sources(FILMS, features(SICK), GREY, repeats=50)
    assert found.features.auroc and found.features.balanced_accuracy
    assert found.features.auroc.low < 0.5 < found.features.auroc.high
    assert found.features.balanced_accuracy.value == pytest.approx(0.5, abs=0.08)


def test_a_source_in_the_grey_levels_is_found_in_the_statistics() -> None:
    brighter = (GREY // 2 + 100 * WEST[:, None, None]).astype(np.uint8)
    (found,) = probe_sources(FILMS, features(SICK), brighter, repeats=20)
    assert found.statistics.auroc and found.statistics.auroc.value > 0.99


def test_half_of_the_patients_is_measured() -> None:
    (found,) = probe_sources(FILMS, features(WEST), GREY, repeats=20)
    assert found.films == found.patients
    assert 160 < found.films < 240


def test_a_source_of_one_label_is_not_probed() -> None:
    films = [film for film in FILMS if film.source == "east" or film.positive]
    kept = np.flatnonzero((~WEST) | SICK)
    assert probe_sources(films, features(WEST)[kept], GREY[kept], repeats=20) == ()


def test_the_statistics_do_not_know_where_a_grey_level_lies() -> None:
    films = grey_levels(3)
    shuffled = RANDOM.permuted(films.reshape(3, -1), axis=1).reshape(films.shape)
    assert intensity_statistics(films).shape == (3, 10)
    assert np.allclose(intensity_statistics(films), intensity_statistics(shuffled), rtol=1e-5)
    assert intensity_statistics(np.full((1, 8, 8), 7, np.uint8)).tolist() == [[7, 0, *[7] * 5, 0, 0, 0]]
