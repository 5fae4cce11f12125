from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr.evidence.label import Label
from cxr.lab.train.composites import BLENDED, SIDE, write_composites
from cxr.lab.train.film_set import FilmSet, load_films
from cxr.measure.labels import keep, read_labels

EACH = 150


@pytest.fixture(scope="module")
def films(data_dir: Path) -> FilmSet:
    """So many films of each label, which is enough for look-alikes."""
    labelled = keep(read_labels(data_dir / "labels.csv"), sources=["kermany"], splits=["train"])
    chosen = [
        film
        for label in (Label.NORMAL, Label.PNEUMONIA)
        for film in [film for film in labelled if film.label is label][:EACH]
    ]
    return load_films(chosen, 224)


def test_a_composite_of_each_label_is_written_and_resembles_no_film_closely(
    films: FilmSet, tmp_path: Path
) -> None:
    written = write_composites(films, tmp_path, count=1)
    assert [path.name for path in written] == ["composite-normal-1.png", "composite-pneumonia-1.png"]
    for path in written:
        with Image.open(path) as picture:
            assert picture.size == (SIDE, SIDE)
            assert picture.info == {}
            composite = np.asarray(picture.resize((224, 224)), dtype=np.float32)
        assert _fine_likeness(composite, films).max() < 0.7


def test_a_composite_blends_at_least_eight_patients(films: FilmSet, tmp_path: Path) -> None:
    assert BLENDED >= 8
    few = films.take(range(BLENDED - 1))
    with pytest.raises(ValueError, match=f"needs {BLENDED}"):
        write_composites(few, tmp_path, count=1)


def _fine_likeness(composite: np.ndarray, films: FilmSet) -> np.ndarray:
    """Correlation of the fine detail, by which a film would be known again, with that of every film."""
    detail = np.stack([_detail(pixels.astype(np.float32)) for pixels in films.resized])
    return detail @ _detail(composite)


def _detail(film: np.ndarray) -> np.ndarray:
    coarse = np.asarray(Image.fromarray(film).reduce(8).resize(film.shape[::-1], Image.Resampling.BICUBIC))
    fine = (film - coarse)[24:-24, 24:-24].ravel()
    return (fine - fine.mean()) / np.linalg.norm(fine - fine.mean())
