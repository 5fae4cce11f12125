"""Operating points of a site: fitted on its films, used by name, taken back by leaving them out."""

from dataclasses import replace
from pathlib import Path

import pytest
from site_films import films_of_site as films

from cxr.film import Population
from cxr.lab.evaluate.site_gain import site_gain
from cxr.model.bundle import load_bundle
from cxr.model.site_profile import ProfileError, at_site
from cxr.site.fit_profile import fit_profile

CHILD = Population.CHILD


def test_local_films_give_points_that_keep_sensitivity_and_lose_false_alarms(small_bundle: Path) -> None:
    bundle = load_bundle(small_bundle)
    profile = fit_profile(films(200), bundle, "Dr Rossi")
    points = profile.populations[CHILD]

    assert points.sensitivity.value >= 0.95
    assert points.specificity.value > points.specificity_before.value + 0.2
    # The calibration undoes the shift: even odds lie at a logit of 2.
    calibration = points.fitted.calibration
    assert calibration.probability(2.0) == pytest.approx(0.5, abs=0.1)
    assert set(profile.populations) == {CHILD}


def test_a_profile_is_named_with_every_result_and_fits_its_own_bundle_only(
    small_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(small_bundle)
    profile = fit_profile(films(60), bundle, "Dr Rossi")
    file = tmp_path / "profile.json"
    file.write_text(profile.model_dump_json(indent=2))

    used = at_site(bundle, file)
    assert used.version == f"{bundle.version}+site-{profile.version}"
    assert used.card.populations[CHILD] == profile.populations[CHILD].fitted
    assert at_site(bundle, None) is bundle

    file.write_text(profile.model_copy(update={"bundle": "other-1"}).model_dump_json())
    with pytest.raises(ProfileError, match="other-1"):
        at_site(bundle, file)
    file.write_text("{}")
    with pytest.raises(ProfileError, match="cxr profile"):
        at_site(bundle, file)


def test_too_few_films_give_no_profile(small_bundle: Path) -> None:
    with pytest.raises(ProfileError, match="too few"):
        fit_profile(films(10), load_bundle(small_bundle), "Dr Rossi")


def test_films_that_state_no_age_group_give_no_profile_and_the_reason_is_said(small_bundle: Path) -> None:
    unstated = [
        replace(film, labelled=replace(film.labelled, population=Population.UNKNOWN)) for film in films(100)
    ]

    with pytest.raises(ProfileError, match="child: No film of this age group was scored") as refused:
        fit_profile(unstated, load_bundle(small_bundle), "Dr Rossi")
    assert "Films without an age group were scored" in str(refused.value)


def test_a_profile_that_makes_no_error_on_its_films_says_how_few_they_are(small_bundle: Path) -> None:
    some = films(60)
    ill = [film for film in some if film.labelled.positive]
    apart = [replace(f, score=replace(f.score, logit=9.0 if f in ill else -9.0)) for f in some if f.score]

    points = fit_profile(apart, load_bundle(small_bundle), "Dr Rossi").populations[CHILD]

    assert points.specificity.value == 1 and 0.8 < points.specificity.low < 1


def test_a_profile_of_more_films_scatters_less_and_keeps_sensitivity() -> None:
    none, *gains = site_gain(films(400), repeats=40)

    assert [gain.films for gain in gains] == [50, 100, 200]
    for gain in gains:
        assert gain.sensitivity.value > 0.9
        assert gain.specificity.value > none.specificity.value + 0.2
    widths = [gain.specificity.high - gain.specificity.low for gain in gains]
    assert widths[2] < widths[0]
