import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lab.evaluate.synthetic_clinic import Clinic, row, write_film, write_labels
from made_films import grey_level
from PIL import Image
from sklearn.metrics import roc_auc_score

from cxr.evidence.stress import Measures, ShiftName, Stress
from cxr.film import Population, read_film
from cxr.lab.evaluate.shifts import Shift
from cxr.lab.evaluate.stress_test import stress
from cxr.measure.labels import Label, LabelledFilm, read_labels
from cxr.model.estimate import Estimate

NOTHING = Estimate(value=0, low=0, high=0)
BLUR = Shift(ShiftName.BLUR, 3)


@pytest.fixture(scope="module")
def children(clinic: Clinic) -> list[LabelledFilm]:
    """Ten children's films of either label; one file more is broken."""
    return [film for film in clinic.films if film.population is Population.CHILD]


@pytest.fixture(scope="module")
def blurred(clinic: Clinic) -> Stress:
    return stress(clinic.films, clinic.screener, [BLUR], repeats=100)


def test_a_shift_that_changes_nothing_drops_nothing_whichever_patients_are_drawn(
    clinic: Clinic, children: list[LabelledFilm]
) -> None:
    (group,) = stress(children, clinic.screener, [Shift(ShiftName.BLUR, 0)], repeats=50).groups
    (effect,) = group.effects
    assert effect.drop == Measures(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    assert effect.shifted == group.unshifted
    assert group.unshifted.auroc and group.unshifted.auroc.low < group.unshifted.auroc.high


def test_drops_are_what_the_screener_says_of_the_films_before_and_after(
    clinic: Clinic, children: list[LabelledFilm], blurred: Stress
) -> None:
    labelled = [f for f in children if f.label is not Label.OTHER and "broken" not in f.path.name]
    films = [read_film(film.path) for film in labelled]
    positive = np.array([film.positive for film in labelled])
    before, after = (
        [r.score for r in clinic.screener.screen_films(batch, Population.CHILD) if r.score]
        for batch in (films, [BLUR.film(film) for film in films])
    )
    effect = blurred.groups[1].effects[0]
    assert effect.drop.auroc and effect.drop.specificity_low and effect.shifted.sensitivity_low
    assert effect.drop.auroc.value == pytest.approx(
        roc_auc_score(positive, [s.logit for s in before]) - roc_auc_score(positive, [s.logit for s in after])
    )
    under = [
        np.array([s.points_reached == 0 for s in scores])[~positive].mean() for scores in (before, after)
    ]
    assert effect.drop.specificity_low.value == pytest.approx(under[0] - under[1])
    reached = np.array([s.points_reached > 0 for s in after])
    assert effect.shifted.sensitivity_low.value == pytest.approx(reached[positive].mean())


def test_a_film_that_cannot_be_read_is_refused_with_and_without_a_shift(blurred: Stress) -> None:
    children = blurred.groups[1]
    assert (children.population, children.films, children.effects[0].scored) == (Population.CHILD, 21, 20)
    assert children.unshifted.refused and children.unshifted.refused.value == pytest.approx(1 / 21)
    assert children.effects[0].drop.refused == NOTHING


def test_a_film_refused_under_a_shift_counts_as_refused_and_not_as_missed(
    clinic: Clinic, tmp_path: Path
) -> None:
    rows = [row(f"{i}.png", "pneumonia" if i % 2 else "normal") for i in range(8)]
    for seed, line in enumerate(rows):
        write_film(tmp_path / line["file"], seed)
    # A tenth of the grey scale: less than a film needs once the contrast is down.
    faint = (110 + grey_level(1, 128, 128) / 9).astype(np.uint8)
    Image.fromarray(faint).save(tmp_path / "1.png")
    films = read_labels(write_labels(tmp_path / "labels.csv", rows))
    (group,) = stress(films, clinic.screener, [Shift(ShiftName.CONTRAST_DOWN, 3)], repeats=20).groups
    (effect,) = group.effects
    assert group.unshifted.refused == NOTHING
    assert effect.shifted.refused and effect.shifted.refused.value == 1 / 8
    assert effect.drop.refused and effect.drop.refused.value == -1 / 8
    assert effect.scored == 7


def test_what_a_population_has_no_films_for_is_undefined(blurred: Stress) -> None:
    adults = blurred.groups[0]
    assert adults.population is Population.ADULT
    assert adults.unshifted.auroc is None and adults.effects[0].drop.auroc is None
    assert adults.effects[0].drop.specificity_low is not None
    assert adults.worst("auroc", severity=3) is None


def test_the_worst_shift_is_the_one_with_the_largest_drop_at_that_severity(blurred: Stress) -> None:
    children = blurred.groups[1]
    (effect,) = children.effects
    mild = replace(effect, shift=ShiftName.NOISE, drop=replace(effect.drop, auroc=NOTHING))
    bad = replace(
        effect, shift=ShiftName.JPEG, drop=replace(effect.drop, auroc=Estimate(value=0.5, low=0, high=1))
    )
    other = replace(bad, severity=1)
    group = replace(children, effects=(mild, bad, other))
    assert group.worst("auroc", severity=3) is bad
    assert group.worst("auroc", severity=2) is None


def test_progress_counts_every_reading_and_at_most_so_many_films_are_taken(clinic: Clinic) -> None:
    progress: list[tuple[int, int]] = []
    found = stress(
        clinic.films,
        clinic.screener,
        [BLUR, Shift(ShiftName.NOISE, 1)],
        at_most=12,
        progress=lambda done, total: progress.append((done, total)),
        repeats=10,
    )
    assert found.films == 12
    assert progress[-1] == (36, 36)
    assert progress == sorted(progress)


def test_everything_is_in_the_json_and_the_table_has_a_line_a_shift(blurred: Stress) -> None:
    written = json.loads(blurred.to_json(), parse_constant=pytest.fail)
    assert written["groups"][1]["effects"][0]["shift"] == "blur"
    assert written["groups"][0]["unshifted"]["auroc"] is None
    lines = blurred.summary().splitlines()
    assert len([line for line in lines if line.startswith("blur 3")]) == 2
    assert "child: 21 films of 16 patients" in lines
