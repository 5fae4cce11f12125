"""Which site profile a command uses: one place decides, and every result names it."""

import json
from pathlib import Path

import pytest
from commands import run
from made_films import png
from site_films import profile_for
from typer.testing import Result
from worklist.made_cases import read_case

from cxr.film import Population
from cxr.model.bundle import load_bundle
from cxr.model.site_profile import SiteProfile, read_profile
from cxr.screening import Screener
from cxr.site.local_profile import keep_profile
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.usefixtures("worklist_set", "bundle_set")


@pytest.fixture
def profile(small_bundle: Path) -> SiteProfile:
    """A profile of the small bundle."""
    return profile_for(load_bundle(small_bundle))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of a child."""
    file = tmp_path / "a.png"
    file.write_bytes(png(1))
    return file


def model(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return str(json.loads(result.stdout)["model"])


def test_score_uses_the_kept_profile_where_it_is_asked_to_and_says_so(
    worklist: Worklist, profile: SiteProfile, film: Path
) -> None:
    command = ("score", film, "--population", "child", "--json")
    kept = keep_profile(worklist, profile, "Dr Rossi")
    worklist.profiles.use(kept.number, "root")
    named = f"{profile.bundle}+site-{profile.version}"

    usual, asked = run(*command), run(*command, "--profile", "kept")

    assert model(usual) == profile.bundle and "site profile" not in usual.stderr
    assert model(asked) == named
    assert f"Operating points of site profile {profile.version} are used: {named}." in asked.stderr


def test_the_file_of_the_setting_is_used_unless_another_choice_is_made(
    worklist: Worklist, profile: SiteProfile, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(profile.model_dump_json())
    monkeypatch.setenv("CXR_SITE_PROFILE", str(file))
    command = ("score", film, "--population", "child", "--json")

    assert model(run(*command)) == f"{profile.bundle}+site-{profile.version}"
    assert model(run(*command, "--profile", "none")) == profile.bundle


def test_a_kept_profile_that_does_not_exist_or_fit_is_an_error(
    worklist: Worklist, profile: SiteProfile, film: Path
) -> None:
    command = ("score", film, "--population", "child", "--profile", "kept")
    missing = run(*command)
    other = keep_profile(worklist, profile.model_copy(update={"bundle": "other-1"}), "Dr Rossi")
    worklist.profiles.use(other.number, "root")
    unfit = run(*command)

    assert missing.exit_code == unfit.exit_code == 1 and missing.stdout == unfit.stdout == ""
    assert "No site profile is in use" in missing.stderr and "other-1" in unfit.stderr


@pytest.mark.parametrize(("which", "names_it"), [("auto", False), ("kept", True)])
def test_an_acceptance_test_of_a_list_names_the_profile_that_it_used(
    worklist: Worklist, profile: SiteProfile, tmp_path: Path, which: str, names_it: bool
) -> None:
    kept = keep_profile(worklist, profile, "Dr Rossi")
    worklist.profiles.use(kept.number, "root")
    rows = ["file,label,population"]
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        rows.append(f"{number}.png,{'pneumonia' if number % 2 else 'normal'},child")
    (tmp_path / "labels.csv").write_text("\n".join(rows))

    run("acceptance", tmp_path / "labels.csv", "--out", tmp_path / "out", "--profile", which)

    bundle = json.loads((tmp_path / "out" / "acceptance.json").read_text())["bundle"]
    assert bundle == (f"{profile.bundle}+site-{profile.version}" if names_it else profile.bundle)


def test_cases_that_another_version_scored_are_named_where_none_can_be_used(worklist: Worklist) -> None:
    read_case(worklist)

    refused = run("acceptance", "--from-worklist")

    assert refused.exit_code == 1 and "Those that were read were scored by made-01234567." in refused.stderr


def test_a_fitted_profile_is_shown_beside_what_held_before(
    small_bundle: Path, small_screener: Screener, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.png" for number in range(40)]
    for number, file in enumerate(files):
        file.write_bytes(png(number))
    outcomes = small_screener.screen((file, Population.CHILD) for file in files)
    scores = [one.result.score.logit for one in outcomes if one.result and one.result.score]
    middle = sorted(scores)[20]
    rows = [
        f"{file.name},{'pneumonia' if score >= middle else 'normal'},child"
        for file, score in zip(files, scores, strict=True)
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,population", *rows]))

    fitted = run("profile", tmp_path / "profile.json", tmp_path / "labels.csv", "--made-by", "Ada")

    assert fitted.exit_code == 0, fitted.stderr
    (line,) = (line for line in fitted.stdout.splitlines() if "sensitivity (not routine)" in line)
    kept = read_profile(tmp_path / "profile.json").populations[Population.CHILD]
    assert line.strip().startswith("sensitivity (not routine): before ")
    assert line.endswith(f", with it {kept.sensitivity}") and "1.000 (1.000-1.000)" not in fitted.stdout
