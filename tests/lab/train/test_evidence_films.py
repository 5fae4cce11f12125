import pytest
from lab.evaluate.synthetic_clinic import row, write_film, write_labels
from made_films import made_card

from cxr.film import Population
from cxr.lab.train.evidence_films import evidence_films, select_films
from cxr.lab.train.film_set import load_films
from cxr.lab.train.split import Part
from cxr.measure.labels import LabelledFilm, LabelsError, read_labels
from cxr.model.card import Card

SIZE = 64


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledFilm]:
    """Sixty training films of children and adults, and some of the other splits."""
    folder = tmp_path_factory.mktemp("films")
    rows = [
        *(row(f"c{i}.png", "normal", split="train") for i in range(30)),
        *(row(f"a{i}.png", "pneumonia", split="train", population="adult", source="west") for i in range(30)),
        row("v.png", "normal", split="val"),
        row("e.png", "normal", split="external", population="adult", source="north"),
    ]
    for seed, line in enumerate(rows):
        write_film(folder / line["file"], seed)
    return read_labels(write_labels(folder / "labels.csv", rows))


def card_of(trained: list[LabelledFilm], *populations: Population) -> Card:
    card = made_card(populations=populations)
    training = card.training.model_copy(update={"data_sha256": load_films(trained, SIZE).sha256})
    preprocessing = card.preprocessing.model_copy(update={"size": SIZE})
    return card.model_copy(update={"training": training, "preprocessing": preprocessing})


def of(films: list[LabelledFilm], population: Population) -> list[LabelledFilm]:
    return [film for film in films if film.split == "train" and film.population is population]


def test_the_parts_are_those_of_training(films: list[LabelledFilm]) -> None:
    everyone = [film for film in films if film.split == "train"]
    chosen = evidence_films(films, card_of(everyone, Population.CHILD, Population.ADULT))
    assert list(chosen.tune) == select_films(films, SIZE, split=Part.TUNE)
    assert list(chosen.holdout) == select_films(films, SIZE, split=Part.HOLDOUT)
    assert [film.path.name for film in chosen.val] == ["v.png"]
    assert [film.path.name for film in chosen.external] == ["e.png"]


def test_a_bundle_for_children_was_trained_on_children(films: list[LabelledFilm]) -> None:
    card = card_of(of(films, Population.CHILD), Population.CHILD)
    chosen = evidence_films(films, card)
    assert {film.source for film in (*chosen.tune, *chosen.holdout)} == {"east"}


def test_other_films_than_those_of_training_are_refused(films: list[LabelledFilm]) -> None:
    card = card_of(of(films, Population.CHILD)[1:], Population.CHILD)
    with pytest.raises(LabelsError, match=r"The 30 training films have SHA-256 .*Give the labels and films"):
        evidence_films(films, card)


def test_films_of_sources_that_came_later_are_left_aside(films: list[LabelledFilm]) -> None:
    card = card_of(of(films, Population.CHILD), Population.CHILD, Population.ADULT)
    command = "python -m cxr train --source east --bundle children"
    training = card.training.model_copy(update={"command": command})

    chosen = evidence_films(films, card.model_copy(update={"training": training}))

    assert {film.source for film in [*chosen.tune, *chosen.holdout]} == {"east"}
    with pytest.raises(LabelsError, match="The 60 training films"):
        evidence_films(films, card)
