from pathlib import Path

import numpy as np
import pytest
from lab.evaluate.synthetic_clinic import row, write_labels
from scipy.stats import norm
from typer.testing import CliRunner

from cxr.cli.main import app
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.lab.evaluate.logits import Logits
from cxr.lab.evaluate.point_rules import (
    compare_calibration,
    compare_points,
    conformal_points,
    venn_abers,
)
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import calibration_error
from cxr.measure.operating_points import NotSeparableError


def logits(seed: int, source: str, films: int, milder: float = 0.0, slope: float = 1.0) -> Logits:
    """Films of one hospital, one a patient, half of them with pneumonia: two normal curves three apart."""
    positive = np.arange(films) % 2 == 0
    drawn = np.random.default_rng(seed).normal(np.where(positive, 1.5 - milder, -1.5))
    return Logits(
        [
            LabelledFilm(
                Path(f"{source}-{number}.png"),
                Label.PNEUMONIA if ill else Label.NORMAL,
                Population.ADULT,
                "train",
                str(number),
                source,
                (0, 0),
                (),
            )
            for number, ill in enumerate(positive)
        ],
        drawn * slope,
    )


def joined(*parts: Logits) -> Logits:
    return Logits(
        [film for part in parts for film in part.films], np.concatenate([part.logits for part in parts])
    )


@pytest.mark.parametrize("seed", range(5))
def test_conformal_points_miss_one_patient_less_than_the_promise_alone_would_allow(seed: int) -> None:
    films = logits(seed, "siim", 400)
    scored = films.scored(norm.cdf(films.logits))
    points = conformal_points(scored)
    missed = (scored.probability[scored.positive] < points.low).sum()
    alarmed = (scored.probability[~scored.positive] >= points.high).sum()
    # Of 200 patients of a label: 0.05 * 201 - 1 = 9.05, and 0.03 * 201 - 1 = 5.03.
    assert (missed, alarmed) == (9, 5)


def test_conformal_points_keep_their_promise_on_the_next_patients() -> None:
    wrong = []
    for seed in range(200):
        fitted, later = logits(seed, "siim", 200), logits(1000 + seed, "siim", 200)
        points = conformal_points(fitted.scored(norm.cdf(fitted.logits)))
        wrong.append((norm.cdf(later.logits)[later.positive] < points.low).mean())
    assert np.mean(wrong) == pytest.approx(0.045, abs=0.005)


def test_too_few_patients_have_no_conformal_points() -> None:
    films = logits(0, "siim", 60)
    with pytest.raises(NotSeparableError, match="more tuning patients"):
        conformal_points(films.scored(norm.cdf(films.logits)))


def test_venn_abers_finds_the_probability_whatever_the_scale_of_the_logits() -> None:
    fitted, later = (logits(seed, "siim", 800, slope=0.2) for seed in (0, 1))
    calibrated = venn_abers(fitted, later.logits)
    assert calibration_error(calibrated, later.positive) < 0.04
    assert (calibrated > 0).all() and (calibrated < 1).all()
    assert (np.diff(calibrated[np.argsort(later.logits)]) >= -1e-9).all()


def test_a_hospital_with_milder_pneumonias_is_missed_by_the_points_of_the_others() -> None:
    tune, holdout = (
        joined(logits(seed, "siim", 600, milder=1.0), logits(seed + 1, "rsna", 600)) for seed in (0, 2)
    )
    found = {(one.rule, one.films): one.measures for one in compare_points(tune, holdout)}
    own = found["the program's rule", "siim"]["sensitivity_low"]
    of_others = found["the rule, on the other hospitals", "siim"]["sensitivity_low"]
    assert own and of_others and own.value > 0.9 > of_others.value
    assert len(found) == 6


def test_a_single_hospital_has_no_others_and_one_line_of_each_calibration() -> None:
    tune, holdout = logits(0, "kermany", 400), logits(1, "kermany", 400)
    assert [one.rule for one in compare_points(tune, holdout)] == [
        "the program's rule",
        "conformal risk control",
    ]
    assert [one.rule for one in compare_calibration(tune, holdout)] == ["Platt", "Venn-Abers"]


def test_two_hospitals_are_calibrated_together_and_each() -> None:
    sources = ("siim", "rsna", "rsna_equalised")
    tune, holdout = (
        joined(*(logits(seed + place, source, 60) for place, source in enumerate(sources))) for seed in (0, 3)
    )
    rows = [one.row for one in compare_calibration(tune, holdout) if one.rule == "Platt"]
    assert [films for films, *_ in rows] == [
        "adult, rsna, rsna_equalised, siim",
        "adult, rsna, rsna_equalised",
        "adult, siim",
    ]


def test_films_that_the_bundle_was_not_trained_on_are_not_its_tuning_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_DATA", str(tmp_path))
    write_labels(tmp_path / "labels.csv", [row("film.png", "normal", split="train", source="siim")])
    ended = CliRunner().invoke(app, ["point-rules"])
    assert ended.exit_code == 1
    assert not ended.stdout
