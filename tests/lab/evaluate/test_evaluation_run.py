import json

import numpy as np
import pytest
from lab.evaluate.synthetic_clinic import Clinic
from PIL import Image
from sklearn.metrics import roc_auc_score

from cxr.evidence.label import Label
from cxr.film import Population, read_film
from cxr.triage.flag import Flag


def test_the_numbers_are_those_of_the_screener_on_the_same_films(clinic: Clinic) -> None:
    films = [
        f
        for f in clinic.films
        if f.source == "east" and f.label is not Label.OTHER and "broken" not in f.path.name
    ]
    readings = clinic.screener.screen_films([read_film(film.path) for film in films], Population.CHILD)
    scores = [reading.score for reading in readings if reading.score]
    found = clinic.evaluation.group(Population.CHILD, "east")
    positive = np.array([film.positive for film in films])
    urgent = np.array([reading.decision.flag is Flag.URGENT for reading in readings])
    assert found.auroc and found.high.sensitivity and found.brier
    assert found.auroc.value == pytest.approx(
        roc_auc_score(positive, [score.probability for score in scores])
    )
    assert found.high.sensitivity.value == urgent[positive].mean()
    assert found.auroc.low <= found.auroc.value <= found.auroc.high


def test_one_broken_file_is_refused_with_its_code_and_stops_nothing(clinic: Clinic) -> None:
    refusals = clinic.evaluation.group(Population.CHILD).refusals
    assert refusals.reasons == {"damaged": 1}
    assert refusals.share and refusals.share.value == 1 / 22
    assert clinic.evaluation.films == 28
    assert clinic.evaluation.refused == 1


def test_a_group_of_one_label_has_flags_but_no_auroc(clinic: Clinic) -> None:
    adults = clinic.evaluation.group(Population.ADULT)
    assert adults.auroc is None
    assert adults.low.specificity is not None
    assert set(adults.flags) == {Label.NORMAL}


def test_boxes_are_compared_on_scored_positive_films(clinic: Clinic) -> None:
    heat = clinic.evaluation.group(Population.CHILD).heat
    assert heat and heat.hit_rate and heat.box_area
    assert heat.films == 10
    assert heat.box_area.value == 0.5
    assert clinic.evaluation.group(Population.ADULT).heat is None


def test_patients_are_counted_once_however_many_films_they_have(clinic: Clinic) -> None:
    assert clinic.evaluation.group(Population.CHILD).patients == 5 + 10 + 1 + 1


def test_metrics_json_says_what_was_found(clinic: Clinic) -> None:
    written = json.loads((clinic.out / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert written == json.loads(clinic.evaluation.to_json())
    assert written["bundle"] == "random-00000000"
    assert [(group["population"], group["source"]) for group in written["groups"]] == [
        ("adult", None),
        ("child", None),
        (None, "east"),
        (None, "west"),
        ("adult", "west"),
        ("child", "east"),
    ]


def test_progress_ends_with_every_film(clinic: Clinic) -> None:
    assert clinic.progress[-1] == (28, 28)
    assert clinic.progress == sorted(clinic.progress)


def test_figures_are_drawn_for_what_each_population_has(clinic: Clinic) -> None:
    assert sorted(path.name for path in clinic.out.glob("*.png")) == [
        "probability_adult.png",
        "probability_child.png",
        "reliability_child.png",
        "roc_child.png",
    ]
    for path in clinic.out.glob("*.png"):
        assert len(np.unique(np.asarray(Image.open(path).convert("L")))) > 10
