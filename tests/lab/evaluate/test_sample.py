from collections import Counter
from pathlib import Path

from cxr.film import Population
from cxr.lab.evaluate.sample import balanced_sample, draw
from cxr.measure.labels import Label, LabelledFilm


def film(patient: str, label: Label, population: Population = Population.CHILD) -> LabelledFilm:
    return LabelledFilm(Path(f"{patient}.png"), label, population, "val", patient, "east", (128, 128), ())


FILMS = [
    *(film(f"sick{i}", Label.PNEUMONIA) for i in range(60)),
    *(film(f"well{i // 3}", Label.NORMAL) for i in range(60)),
    *(film(f"old{i}", Label.NORMAL, Population.ADULT) for i in range(4)),
    film("odd", Label.OTHER),
]


def test_labels_and_populations_get_the_same_share_and_patients_stay_whole() -> None:
    chosen = balanced_sample(FILMS, 45)
    counted = Counter((film.population, film.label) for film in chosen)
    assert counted == {
        (Population.CHILD, Label.PNEUMONIA): 15,
        (Population.CHILD, Label.NORMAL): 15,
        (Population.ADULT, Label.NORMAL): 4,
    }
    assert set(Counter(f.patient for f in chosen if f.patient_id.startswith("well")).values()) == {3}


def test_the_choice_depends_on_the_patients_and_not_on_the_order() -> None:
    chosen = balanced_sample(FILMS, 30)
    assert {f.patient for f in balanced_sample(FILMS[::-1], 30)} == {f.patient for f in chosen}
    assert chosen == [f for f in FILMS if f in chosen]


def test_where_there_is_room_for_all_nobody_is_left_out_but_other() -> None:
    assert balanced_sample(FILMS, 1000) == FILMS[:-1]
    assert balanced_sample([], 10) == []


def test_draws_for_two_purposes_are_two_draws() -> None:
    draws = [draw(("east", str(i)), "probe") for i in range(1000)]
    others = [draw(("east", str(i)), "sample") for i in range(1000)]
    assert all(0 <= d < 1 for d in draws)
    assert 0.45 < sum(d < 0.5 for d in draws) / 1000 < 0.55
    assert 0.2 < sum(d < 0.5 and o < 0.5 for d, o in zip(draws, others, strict=True)) / 1000 < 0.3
