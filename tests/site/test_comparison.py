"""Two bundles compared, on films whose results are known and on films that both really screen."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from empty_worklist import empty_database
from made_films import png
from measure.made_screened import screened
from site_films import profile_for
from typer.testing import CliRunner
from worklist.made_cases import ADA, VERSION, hand_in, now, scored

from cxr.cli.main import app
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.screened import ScreenedFilm
from cxr.model.bundle import load_bundle, save_bundle
from cxr.model.card import OperatingPoints
from cxr.site.comparison import Comparison, Why, compare_bundles
from cxr.site.comparison_text import as_markdown, summary
from cxr.triage.flag import FLAG_OF_POINTS
from cxr.worklist.case import Finding
from cxr.worklist.worklist import Worklist

ILL, HEALTHY = Label.PNEUMONIA, Label.NORMAL
CHILD = Population.CHILD


def by_points(film: ScreenedFilm, low: float, high: float) -> ScreenedFilm:
    """A film as another bundle's operating points would flag it."""
    assert film.score
    points = OperatingPoints(low=low, high=high)
    reached = points.reached(film.score.probability)
    score = replace(film.score, operating_points=points, points_reached=reached)
    return replace(film, score=score, flag=FLAG_OF_POINTS[reached])


def films(count: int, ill: float, healthy: float) -> dict[int, ScreenedFilm]:
    some = [
        screened(label, probability, patient=f"{label}{number}", logit=10 * probability - 5)
        for number in range(count)
        for label, probability in ((ILL, ill), (HEALTHY, healthy))
    ]
    return dict(enumerate(some, start=2))


def compared(before: dict[int, ScreenedFilm], after: dict[int, ScreenedFilm]) -> Comparison:
    return compare_bundles(before, after, ("a-1", "b-2"))


def test_a_film_that_changes_its_flag_is_listed_with_the_reason() -> None:
    before = films(2, ill=0.5, healthy=0.1)
    after = {
        2: screened(ILL, 0.9, patient=f"{ILL}0"),
        3: by_points(before[3], 0.05, 0.5),
        4: replace(screened(ILL, None, patient=f"{ILL}1"), refused_for=("blank",)),
        5: before[5],
    }
    found = compared(before, after)

    assert [(one.place, one.before, one.after, one.why) for one in found.changes] == [
        (2, "review", "urgent", Why.SCORE),
        (3, "routine", "review", Why.POINTS),
        (4, "review", "refused", Why.REFUSED),
    ]
    child = found.populations[CHILD]
    assert child.moves == {
        ILL: {"review to urgent": 1, "review to refused": 1},
        HEALTHY: {"routine to review": 1},
    }
    assert (child.unchanged, child.films, child.patients) == (1, 3, 3)
    assert [one.why for one in compared(after, before).changes][2] is Why.ACCEPTED


def test_a_difference_is_measured_on_the_same_draws_of_patients() -> None:
    before = films(40, ill=0.9, healthy=0.1)
    worse = {
        place: screened(HEALTHY, 0.5, patient=film.labelled.patient_id)
        if film.labelled.label is HEALTHY and place % 4 == 1
        else film
        for place, film in before.items()
    }
    same, found = compared(before, before), compared(before, worse)

    assert same.changes == () and all(
        one.difference and (one.difference.low, one.difference.high) == (0, 0)
        for one in same.populations[CHILD].measures.values()
    )
    measures = found.populations[CHILD].measures
    lost = measures["specificity_low"]
    assert lost.before and lost.after and lost.difference
    assert (lost.before.value, lost.after.value, lost.difference.value) == (1.0, 0.5, -0.5)
    assert lost.certain and not measures["sensitivity_low"].certain
    assert "difference -0.500" in summary(found)
    # Where all films agree, as many patients still leave room for chance.
    assert lost.before.low < 0.95 and lost.before.high == 1.0
    assert "none on these films" in summary(same) and "may be chance" not in summary(same)


def test_points_are_fitted_again_where_there_are_enough_films_and_else_it_says_why() -> None:
    enough, few = films(30, ill=0.8, healthy=0.2), films(5, ill=0.8, healthy=0.2)

    refitted = compared(enough, enough).populations[CHILD]
    assert refitted.refitted and refitted.refitted.patients_with_pneumonia == 30
    assert "Operating points of the second, fitted on these films: low" in as_markdown(
        compared(enough, enough)
    )
    missing = compared(few, few).populations[CHILD]
    assert missing.refitted is None and "too few" in missing.not_refitted


def test_the_report_can_be_read_by_people_and_machines() -> None:
    before = films(2, ill=0.5, healthy=0.1)
    found = compared(before, before | {2: screened(ILL, 0.1, patient=f"{ILL}0")})
    text = as_markdown(found)

    assert text.startswith("# a-1 against b-2\n\nFor research use only.")
    assert "| 2 | pneumonia | review | routine | score | 0.500 | 0.100 |" in text
    assert json.loads(found.to_json())["changes"][0]["place"] == 2


def test_the_command_compares_a_bundle_with_itself_and_with_other_points(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = load_bundle(small_bundle)
    card = plain.card.model_copy(
        update={
            "name": "other",
            "populations": {
                one: fitted.model_copy(update={"operating_points": OperatingPoints(low=0.0, high=1.0)})
                for one, fitted in plain.card.populations.items()
            },
        }
    )
    other = tmp_path / "other"
    save_bundle(other, plain.network, plain.quality_head, card)
    monkeypatch.setenv("CXR_MODELS", str(small_bundle.parent))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["file", "label", "population"])
        for seed in range(4):
            (tmp_path / f"ROSSI {seed}.png").write_bytes(png(seed))
            lines.writerow([f"ROSSI {seed}.png", "pneumonia" if seed % 2 else "normal", "child"])

    def run(second: object, out: str) -> str:
        arguments = ["compare", small_bundle.name, str(second), str(tmp_path / "labels.csv")]
        ended = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / out)])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    assert "0 films change their flag" in run(small_bundle.name, "same")
    assert "against other-" in run(other, "changed")
    found = json.loads((tmp_path / "changed" / "comparison.json").read_text())
    assert {one["why"] for one in found["changes"]} <= {"operating points"}
    written = (tmp_path / "changed" / "comparison.md").read_text() + json.dumps(found)
    assert "ROSSI" not in written


def test_the_command_compares_bundles_on_the_cases_that_were_read_on_the_worklist(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database(tmp_path)
    for name, value in (("MODELS", small_bundle.parent), ("DATABASE", url), ("FILMS", tmp_path / "films")):
        monkeypatch.setenv(f"CXR_{name}", str(value))
    arguments = ["compare", small_bundle.name, small_bundle.name, "--from-worklist", "--out", str(tmp_path)]
    worklist = Worklist(url, tmp_path / "films")
    empty = CliRunner().invoke(app, arguments)
    cases = [hand_in(worklist, seed, f"ROSSI {seed}.png") for seed in range(5)]
    for case, finding in zip(
        cases, (Finding.PNEUMONIA, Finding.NO_PNEUMONIA, Finding.CANNOT_JUDGE), strict=False
    ):
        worklist.desk.report(worklist.desk.claim(scored(worklist, case), ADA), ADA, finding)
    # Whoever had a film inverted saw another film than the model would.
    inverted = worklist.desk.claim(worklist.desk.invert(cases[3], ADA), ADA)
    worklist.desk.report(inverted, ADA, Finding.PNEUMONIA)

    ended = CliRunner().invoke(app, arguments)

    assert empty.exit_code == 1 and "Nobody has read a case" in empty.stderr
    assert ended.exit_code == 0, ended.output
    assert "0 films change their flag" in ended.stdout
    found = json.loads((tmp_path / "comparison.json").read_text())
    assert sum(one["unchanged"] for one in found["populations"].values()) == 2
    assert "ROSSI" not in json.dumps(found) + (tmp_path / "comparison.md").read_text()
    # Nothing on the worklist has changed.
    assert now(worklist, cases[0].number).bundle_version == VERSION


@pytest.mark.parametrize(
    ("which", "first"), [("auto", "plain"), ("kept", "profiled"), ("none", "plain"), ("file", "profiled")]
)
def test_a_profile_is_used_for_the_version_that_it_was_made_for(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str, first: str
) -> None:
    plain, other = load_bundle(small_bundle), tmp_path / "other"
    save_bundle(other, plain.network, plain.quality_head, plain.card.model_copy(update={"name": "other"}))
    url = empty_database(tmp_path)
    for name, value in (("MODELS", small_bundle.parent), ("DATABASE", url), ("FILMS", tmp_path / "films")):
        monkeypatch.setenv(f"CXR_{name}", str(value))
    worklist, profile = Worklist(url, tmp_path / "films"), profile_for(plain)
    worklist.profiles.use(worklist.profiles.keep(profile, ADA).number, ADA)
    if which == "file":
        (tmp_path / "profile.json").write_text(profile.model_dump_json())
        monkeypatch.setenv("CXR_SITE_PROFILE", str(tmp_path / "profile.json"))
    (tmp_path / "0.png").write_bytes(png(0))
    (tmp_path / "labels.csv").write_text("file,label,population\n0.png,normal,child\n")
    arguments = ["compare", small_bundle.name, str(other), str(tmp_path / "labels.csv")]
    option = [] if which == "file" else ["--profile", which]

    ended = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path), *option])

    assert ended.exit_code == 0, ended.output
    found, version = json.loads((tmp_path / "comparison.json").read_text()), load_bundle(other).version
    profiled = f"{plain.version}+site-{profile.version}"
    before = profiled if first == "profiled" else plain.version
    assert (found["before"], found["after"]) == (before, version)
    assert (f"{version} keeps its own operating points" in ended.stderr) == (first == "profiled")
    if which == "kept":
        of_neither = CliRunner().invoke(app, ["compare", str(other), str(other), arguments[3], *option])
        assert of_neither.exit_code == 1 and "which is neither A nor B" in of_neither.stderr


def test_a_bundle_that_is_not_there_or_no_films_is_explained(tmp_path: Path) -> None:
    def refused(*arguments: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["compare", *arguments])
        return ended.exit_code, ended.stderr

    assert refused("nothing", "nothing", str(tmp_path / "labels.csv"))[0] == 1
    assert refused("a", "b")[0] == 2
    assert not Path("comparison").exists()
