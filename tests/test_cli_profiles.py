"""Which site profile a command uses: one place decides, and every result names it."""

import json
from pathlib import Path

import pytest
from commands import run
from made_films import png
from site_films import profile_for
from typer.testing import Result

from cxr.model.bundle import load_bundle
from cxr.model.site_profile import SiteProfile
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
