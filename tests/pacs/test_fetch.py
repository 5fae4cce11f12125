"""Past films fetched from a PACS by date: which, how often, and what its failures cost."""

import datetime
import re
import threading
from pathlib import Path

import pytest
from archive_peer import ArchivePeer, archive_peer, past_films
from peers import LOCALHOST, PACS, US, film, free_port, listed
from pydicom import dcmread
from receiving import environment, worklist_of
from sent_results import waiting_results
from typer.testing import CliRunner, Result

from cxr.cli.main import app
from cxr.pacs.application_entity import Destination
from cxr.pacs.fetch import Fetch, Wanted
from cxr.pacs.query_scu import DimseArchive
from cxr.report.instance import MANUFACTURER, MODEL_NAME
from cxr.worklist.audit.action import Action

DAY = ("--from", "2024-05-03", "--to", "2024-05-03")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settings of a worklist in a folder; a test adds those of its PACS."""
    for name, value in environment(tmp_path, PACS_RETRY_SECONDS="0.01").items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def fetch(settings: pytest.MonkeyPatch, peer: ArchivePeer | int, *options: str) -> Result:
    settings.setenv("CXR_PACS_HOST", LOCALHOST)
    settings.setenv("CXR_PACS_PORT", str(peer if isinstance(peer, int) else peer.port))
    settings.setenv("CXR_PACS_AET", PACS)
    dates = () if {"--from", "--days"} & {*options} else DAY
    return CliRunner().invoke(app, ["fetch", *dates, *options])


def silent() -> None:
    assert CliRunner().invoke(app, ["silent", "on"]).exit_code == 0


def test_films_of_the_dates_come_onto_the_worklist_and_no_others(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hand = past_films(1, first=10, BodyPartExamined="HAND")
    earlier = past_films(1, "20240502", first=20)
    silent()
    with archive_peer([*past_films(3), *hand, *earlier]) as peer:
        ended = fetch(settings, peer)

    worklist = worklist_of(tmp_path)
    assert ended.exit_code == 0, ended.output
    assert "4 studies with a radiograph; 3 taken, with 3 films" in ended.stdout
    assert "3 fetched, 0 were here already." in ended.stdout
    cases = [case.number for case in listed(worklist)]
    kept = worklist.identities.of(cases)
    assert sorted(kept[case].text("StudyInstanceUID") for case in cases) == [f"1.2.3.1.{n}" for n in range(3)]
    assert waiting_results(worklist) == 0
    [line] = [line for line in worklist.audit.lines() if line.action is Action.RECEIVED]
    assert (line.details["films"], line.details["from"]) == (3, PACS)


def test_a_film_that_is_there_is_not_fetched_again(settings: pytest.MonkeyPatch) -> None:
    silent()
    with archive_peer(past_films(3)) as peer:
        assert "2 fetched" in fetch(settings, peer, "--limit", "2").stdout
        ended = fetch(settings, peer)
        given = list(peer.given)

    assert "1 fetched, 2 were here already." in ended.stdout
    assert len(given) == len(set(given)) == 3


def test_films_go_into_a_folder_deidentified_and_named_by_a_hash(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "past"
    folder.mkdir()
    with archive_peer(past_films(2)) as peer:
        first = fetch(settings, peer, "--into", str(folder))
        again = fetch(settings, peer, "--into", str(folder))

    files = sorted(folder.iterdir())
    assert first.exit_code == 0 and "0 fetched, 2 were here already." in again.stdout
    assert all(re.fullmatch(r"[0-9a-f]{32}\.dcm", file.name) for file in files) and len(files) == 2
    header = dcmread(files[0])
    assert header.PatientIdentityRemoved == "YES" and not header.StudyInstanceUID.startswith("1.2.3.")
    assert (header.pixel_array == film(0).pixel_array).all() or (
        header.pixel_array == film(1).pixel_array
    ).all()
    assert not (tmp_path / "worklist.sqlite3").exists()


def test_a_sample_is_the_same_each_time_and_another_with_another_seed(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = []
    with archive_peer(past_films(12)) as peer:
        for folder, seed in (("a", "0"), ("b", "0"), ("c", "1")):
            (tmp_path / folder).mkdir()
            peer.given.clear()
            options = ("--sample", "4", "--seed", seed, "--into", str(tmp_path / folder))
            assert "4 fetched" in fetch(settings, peer, *options).stdout
            chosen.append(set(peer.given))

    assert chosen[0] == chosen[1] != chosen[2]


def test_a_dry_run_counts_and_fetches_nothing(settings: pytest.MonkeyPatch) -> None:
    with archive_peer(past_films(3)) as peer:
        ended = fetch(settings, peer, "--dry-run")

        assert peer.given == []
    assert ended.exit_code == 0 and "3 to fetch, 0 were here already." in ended.stdout


def test_a_film_that_fails_costs_that_film_only(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    films = past_films(4)
    with archive_peer(films) as peer:
        peer.statuses = {films[1].SOPInstanceUID: [0xC000], films[2].StudyInstanceUID: [0xC001]}
        ended = fetch(settings, peer, "--into", str(tmp_path))

    assert ended.exit_code == 1 and "2 fetched" in ended.stdout
    assert f"1 failed: {PACS} answered 0xC000." in ended.stdout
    assert f"1 failed: {PACS} answered 0xC001." in ended.stdout


def test_a_pacs_that_is_out_of_resources_is_asked_again(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    films = past_films(2)
    with archive_peer(films) as peer:
        # The first is the answer that stays: success, without an answer of its own.
        peer.statuses = {"20240503": [0xA700], films[0].SOPInstanceUID: [0, 0xA701, 0xA701]}
        ended = fetch(settings, peer, "--into", str(tmp_path))
        asked = peer.asked
        peer.statuses.pop("20240503")
        again = fetch(settings, peer, "--into", str(tmp_path))

    assert asked == 3 and ended.exit_code == 1
    assert f"1 failed: {PACS} is out of resources (0xA700)." in ended.stdout
    assert again.exit_code == 0 and "2 fetched" in again.stdout
    assert again.stdout.count("is out of resources (0xA701). Next attempt") == 2


def test_a_refused_date_is_named_by_its_status_and_many_end_the_run(settings: pytest.MonkeyPatch) -> None:
    with archive_peer(past_films(1)) as peer:
        for day in range(1, 9):
            peer.statuses[f"2023050{day}"] = [0xA900]
        some = fetch(settings, peer, "--from", "2023-05-07", "--to", "2023-05-12", "--dry-run")
        many = fetch(settings, peer, "--from", "2023-05-01", "--to", "2023-05-12", "--dry-run")

    assert some.exit_code == 1 and f"2 failed: {PACS} answered 0xA900." in some.stdout
    assert many.exit_code == 1 and "5 requests in a row failed" in many.stderr


def test_a_pacs_that_stops_in_the_middle_is_reported_and_the_next_run_goes_on(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with archive_peer(past_films(4)) as peer:
        peer.dies_after = 2
        ended = fetch(settings, peer, "--into", str(tmp_path))
        peer.dies_after = None
        again = fetch(settings, peer, "--into", str(tmp_path))

    assert ended.exit_code == 1 and "2 fetched" in ended.stdout
    assert f"{PACS} stopped answering. Run the same command again to go on." in ended.stderr
    assert again.exit_code == 0 and "2 fetched, 2 were here already." in again.stdout


def test_what_is_wrong_with_the_connection_names_the_setting(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    into = ("--into", str(tmp_path))
    with archive_peer(past_films(1)) as peer:
        called = CliRunner().invoke(
            app,
            ["fetch", *DAY, *into],
            env={"CXR_PACS_HOST": LOCALHOST, "CXR_PACS_PORT": str(peer.port), "CXR_PACS_AET": "OTHER"},
        )
        calling = fetch(settings, peer, *into, "--aet", "NOBODY")
    nobody = fetch(settings, free_port(), *into)

    assert called.exit_code == calling.exit_code == nobody.exit_code == 1
    assert "not called OTHER. Correct CXR_PACS_AET" in called.stderr
    assert "does not know the AE title NOBODY" in calling.stderr and "--aet" in calling.stderr
    assert "CXR_PACS_PORT" in nobody.stderr and nobody.stdout.count("Next attempt") == 2


def test_films_come_by_c_move_to_our_storage_scp(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = free_port()
    silent()
    with archive_peer(past_films(3), {US: port}) as peer:
        ended = fetch(settings, peer, "--by", "move", "--port", str(port))
    with archive_peer(past_films(3)) as peer:
        peer.films += past_films(1, first=9)
        unknown = fetch(settings, peer, "--by", "move", "--port", str(port))

    assert ended.exit_code == 0 and "3 fetched" in ended.stdout
    assert len(listed(worklist_of(tmp_path))) == 3
    assert unknown.exit_code == 1 and "as a destination" in unknown.stderr


def test_past_films_come_onto_the_list_of_a_live_site_only_on_request(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with archive_peer(past_films(1)) as peer:
        refused = fetch(settings, peer)
        asked_for = fetch(settings, peer, "--live", "--send-results")

    assert refused.exit_code == 1 and "cxr silent on" in refused.stderr
    assert asked_for.exit_code == 0
    [case] = listed(worklist_of(tmp_path))
    assert case.stated == "unknown"


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "2024-05-03", "--days", "3"),
        ("--from", "2024-05-03", "--to", "2024-05-01"),
        ("--days", "3", "--into", "nowhere"),
        ("--days", "3", "--aet", "A TITLE THAT IS TOO LONG"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    settings: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    assert fetch(settings, 104, *options).exit_code == 2


def test_nothing_of_a_patient_is_printed_or_named(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    films = [
        *past_films(2),
        film(7, StudyDate="20240503", Manufacturer=MANUFACTURER, ManufacturerModelName=MODEL_NAME),
    ]
    silent()
    with archive_peer(films) as peer:
        peer.statuses = {films[0].SOPInstanceUID: [0xC000]}
        ended = fetch(settings, peer)

    [case] = listed(worklist_of(tmp_path))
    said = ended.stdout + ended.stderr + case.name
    assert not [mark for mark in ("ROSSI", "MRN-4711", "1.2.3.", "P0", "P1") if mark in said]
    assert "1 not kept: one of our own results." in ended.stdout


def test_a_stop_ends_after_the_film_being_fetched(tmp_path: Path) -> None:
    stop = threading.Event()

    class Folder:
        def has(self, instance: str) -> bool:
            return False

        def keep(self, instance: str, content: bytes) -> str | None:
            stop.set()
            return None

    day = datetime.date(2024, 5, 3)
    with archive_peer(past_films(3)) as peer:
        archive = DimseArchive(Destination(LOCALHOST, peer.port, PACS, US))
        running = Fetch(archive, Folder(), Wanted(day, day), 0.01, print, print, stop)
        running.run()

    assert running.fetched.stopped and running.fetched.fetched == 1
