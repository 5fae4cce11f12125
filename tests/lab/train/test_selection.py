from pathlib import Path

import pytest
from lab.evaluate.synthetic_clinic import row, write_film, write_labels

from cxr.lab.train.evidence_films import select_films
from cxr.lab.train.film_set import load_films, split_films
from cxr.lab.train.split import Part
from cxr.measure.labels import LabelledFilm, LabelsError, read_labels


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledFilm]:
    folder = tmp_path_factory.mktemp("films")
    lines = [
        *(row(f"t{i}.png", ("normal", "pneumonia")[i % 2], split="train") for i in range(40)),
        *(row(f"w{i}.png", "normal", split="train", source="west") for i in range(20)),
        row("other.png", "other", split="train"),
        row("v.png", "normal"),
    ]
    for seed, line in enumerate(lines):
        write_film(folder / line["file"], seed)
    return read_labels(write_labels(folder / "labels.csv", lines))


def test_a_split_of_the_labels_file_is_kept_as_it_is(films: list[LabelledFilm]) -> None:
    assert [film.path.name for film in select_films(films, 64, split="val")] == ["v.png"]
    assert len(select_films(films, 64)) == len(films)


def test_parts_of_the_training_split_are_those_of_training(films: list[LabelledFilm]) -> None:
    trained_on = [film for film in films if film.split == "train" and film.source == "east"]
    parts = split_films(load_films(trained_on, 64))
    for part in Part:
        assert select_films(films, 64, ["east"], part.value) == list(parts[part].films)


def test_parts_share_no_film_and_hold_all_but_those_labelled_other(films: list[LabelledFilm]) -> None:
    chosen = [film.path.name for part in Part for film in select_films(films, 64, split=part.value)]
    assert len(chosen) == len(set(chosen)) == 60
    assert "other.png" not in chosen


def test_a_training_film_that_cannot_be_read_is_named(films: list[LabelledFilm], tmp_path: Path) -> None:
    (tmp_path / "t.png").write_bytes(b"no film")
    broken = read_labels(write_labels(tmp_path / "labels.csv", [row("t.png", "normal", split="train")]))
    with pytest.raises(LabelsError, match=r"t\.png"):
        select_films([*films, *broken], 64, split="holdout")
