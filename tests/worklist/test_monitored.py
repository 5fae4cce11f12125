"""`cxr monitor` over worklists of both databases."""

import csv
import datetime
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from empty_worklist import empty_database
from film.film_files import dicom_file
from made_cases import hand_in
from made_films import grey_level
from made_weeks import DAY, END, SECRET, SITE_VERSION, put_weeks
from typer.testing import CliRunner, Result

from cxr.cli.main import app
from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.worklist.worklist import Worklist

LAST_DAY = "2026-02-28"


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the day that `--until` names end where the made films do."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def run(url: str, folder: Path, *arguments: object) -> Result:
    settings = {"CXR_DATABASE": url, "CXR_FILMS": str(folder / "films")}
    return CliRunner().invoke(app, ["monitor", *map(str, arguments)], env=settings)


def test_a_period_has_its_films_and_findings_and_no_others(url: str, tmp_path: Path) -> None:
    put_weeks(url)
    monitored = Worklist(url, tmp_path / "films").monitored

    films = monitored.films(END - 28 * DAY, END)
    assert len(films) == 112  # four a day
    assert all(END - 28 * DAY <= film.arrived_at < END for film in films)
    assert [film.number for film in films] == list(range(369, 481))
    refused = next(film for film in films if film.flag is Flag.REFUSED)
    assert refused.reasons == ("inverted",) and refused.logit is None and refused.finding is None
    some = next(film for film in films if film.number == 401)
    assert some.logit and some.bundle_version == SITE_VERSION and some.population is Population.CHILD
    assert some.finding and some.agrees is False and not some.waits

    cases = monitored.findings(END - 28 * DAY, END)
    assert len(cases) == 84  # three of four, none of them refused
    assert len(monitored.findings(END - 56 * DAY, END - 28 * DAY)) == 84
    first = films[0].arrived_at
    assert [case.number for case in monitored.findings(first, first + DAY / 12)] == [films[0].number]


def test_without_drift_the_report_ends_well_and_names_no_patient(url: str, tmp_path: Path) -> None:
    put_weeks(url)
    files = tmp_path / "report.json", tmp_path / "registry.csv"
    shown = run(url, tmp_path, "--until", LAST_DAY, "--json", files[0], "--registry", files[1])

    assert shown.exit_code == 0, shown.output
    assert "2026-02-01 00:00 to 2026-03-01 00:00 UTC (28 days)" in shown.stdout
    assert "112 films accepted, 4.0 a day; with a result 112, waiting 0." in shown.stdout
    assert "Not scored because of: inverted 6." in shown.stdout
    assert "median 30.0 seconds, 95th percentile 30.0 seconds" in shown.stdout
    assert "84 cases read" in shown.stdout and "Nothing to look at." in shown.stdout

    report = json.loads(files[0].read_text())
    assert report["drift"]["child"]["reference_films"] == 180
    assert report["agreement"]["cases"] == 84 and len(report["weeks"]) == 4
    assert len(list(csv.reader(files[1].open()))) == 113
    written = shown.output + "".join(file.read_text() for file in files)
    assert SECRET not in written and "p" * 32 not in written


def test_the_registry_names_the_machine_and_the_sex_of_films_as_they_are_stored(tmp_path: Path) -> None:
    url = empty_database(tmp_path)
    worklist = Worklist(url, tmp_path / "films")
    for seed in range(5):
        content = dicom_file(
            grey_level(seed),
            **{
                "StudyInstanceUID": f"1.2.{seed + 1}",
                "Manufacturer": "Maker",
                "ManufacturerModelName": "One",
            },
            **{"PatientSex": "F", "ViewPosition": "PA", "PatientAge": "070Y", "StudyDate": "20260227"},
        )
        hand_in(worklist, content=content, name="film.dcm", stated=Population.UNKNOWN)
    registry = tmp_path / "registry.csv"

    assert run(url, tmp_path, "--registry", registry).exit_code == 0
    lines = list(csv.DictReader(registry.open()))
    assert len(lines) == 5
    for line in lines:
        assert (line["manufacturer"], line["model_name"], line["modality"]) == ("Maker", "One", "CR")
        assert (line["view"], line["sex"], line["ai_flag"]) == ("PA", "female", "")
    written = registry.read_text()
    assert "MRN-4711" not in written and "20260227" not in written and "2.25." not in written


def test_scores_that_moved_are_reported_and_the_exit_code_is_1(url: str, tmp_path: Path) -> None:
    put_weeks(url, moved=3.0)
    shown = run(url, tmp_path, "--until", LAST_DAY)

    assert shown.exit_code == 1
    assert "child: drifted: PSI" in shown.stdout
    assert "Scores have drifted (age group: adult)." in shown.stdout
    # Against a reference that ends before, the time before the change has not drifted.
    assert run(url, tmp_path, "--until", "2026-01-31", "--reference-days", 60).exit_code == 0


def test_a_reference_that_was_saved_takes_the_place_of_earlier_films(tmp_path: Path) -> None:
    url = empty_database(tmp_path)
    put_weeks(url, moved=3.0)
    kept = tmp_path / "reference.json"

    saved = run(url, tmp_path, "--until", LAST_DAY, "--save-reference", kept)
    assert saved.exit_code == 0 and "adult 50, child 56" in saved.stdout
    assert run(url, tmp_path, "--until", LAST_DAY, "--reference", kept).exit_code == 0
    assert run(url, tmp_path, "--until", LAST_DAY, "--save-reference", kept).exit_code == 1

    text = kept.read_text().replace("made-01234567", "made-99999999")
    kept.write_text(text)
    other = run(url, tmp_path, "--until", LAST_DAY, "--reference", kept)
    assert other.exit_code == 2 and "made-99999999" in other.output


def test_agreement_under_its_limit_ends_with_1(tmp_path: Path) -> None:
    url = empty_database(tmp_path)
    put_weeks(url)

    assert run(url, tmp_path, "--until", LAST_DAY, "--least-agreement", 0.5).exit_code == 0
    under = run(url, tmp_path, "--until", LAST_DAY, "--least-agreement", 0.98)
    assert under.exit_code == 1 and "under 0.98 with its whole interval" in under.stdout


def test_misuse_ends_with_2_and_says_what_to_do(tmp_path: Path) -> None:
    url = empty_database(tmp_path)
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)

    assert run(url, tmp_path).exit_code == 0  # an empty worklist: nothing to look at
    for arguments in (
        ("--until", tomorrow),
        ("--until", "soon"),
        ("--days", 0),
        ("--least-agreement", 1.5),
        ("--reference", tmp_path / "missing.json"),
        ("--json", tmp_path / "missing" / "report.json"),
    ):
        assert run(url, tmp_path, *arguments).exit_code == 2, arguments
    assert run(url, tmp_path, "--save-reference", tmp_path / "reference.json").exit_code == 1
    assert run(f"sqlite:///{tmp_path}/none.sqlite3", tmp_path).exit_code == 1
