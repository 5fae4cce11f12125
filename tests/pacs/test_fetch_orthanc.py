"""Past films out of Orthanc by each way, scored, and results back into their studies."""

from io import BytesIO
from pathlib import Path

import pytest
from archive_peer import past_films
from orthanc import TITLE, Orthanc, orthanc
from peers import LOCALHOST, US, free_port, listed
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage
from real_films import RealFilm, real_films
from receiving import environment, worklist_of
from sent_results import waiting_results
from test_storage_scu import results
from typer.testing import CliRunner, Result
from waiting import until

from cxr.cli.main import app
from cxr.pacs.application_entity import Destination
from cxr.pacs.result_sender import ResultSender
from cxr.pacs.storage_scu import StorageScu
from cxr.screening import Screener
from cxr.worklist.queue.worker import score_waiting

pytestmark = pytest.mark.long

REAL, MADE = 7, 45
MAY = ("--from", "2024-05-01", "--to", "2024-05-10")


def content_of(one: Dataset) -> bytes:
    file = BytesIO()
    one.save_as(file)
    return file.getvalue()


def fill(pacs: Orthanc, data_dir: Path) -> list[RealFilm]:
    """Put 60 studies in: 50 with chest films of May 2024, real ones in seven transfer syntaxes among them."""
    real = real_films(data_dir, REAL)
    studies = len({one.study for one in real})
    for one in real:
        pacs.keep(one.content)
    chests = [
        one for n in range(50 - studies) for one in past_films(1, f"202405{1 + n % 10:02}", first=100 + n)
    ]
    hands = past_films(5, "20240504", first=200, BodyPartExamined="HAND")
    earlier = past_films(5, "20230504", first=300)
    for one in (*chests, *hands, *earlier):
        pacs.keep(content_of(one))
    assert len(pacs.get("/studies")) == 60
    return real


def fetch(*options: str) -> Result:
    return CliRunner().invoke(app, ["fetch", *MAY, *options])


def set_up(monkeypatch: pytest.MonkeyPatch, folder: Path, pacs: Orthanc) -> None:
    web = f"http://{LOCALHOST}:{pacs.http_port}/dicom-web"
    own = {"PACS_AET": TITLE, "PACS_RETRY_SECONDS": "0.01", "PACS_DICOMWEB": web}
    for name, value in environment(folder, pacs.port, **own).items():
        monkeypatch.setenv(name, value)


def test_fifty_studies_are_fetched_by_date_scored_and_reported_back(
    data_dir: Path, tmp_path: Path, small_screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with orthanc(tmp_path / "orthanc") as pacs:
        pacs.start()
        real = fill(pacs, data_dir)
        set_up(monkeypatch, tmp_path, pacs)
        counted = fetch("--dry-run", "--live")
        ended = fetch("--live", "--send-results")
        again = fetch("--live")

        worklist = worklist_of(tmp_path)
        assert len(listed(worklist)) == 50
        until(lambda: not score_waiting(worklist, small_screener, 8, "worker"), "scores")
        sending = ResultSender(
            worklist,
            StorageScu(Destination(LOCALHOST, pacs.port, TITLE, US)),
            results,
        )
        until(lambda: not sending.send_next(), "results")
        sending.release()
        cases = [case.number for case in listed(worklist)]
        studies = {one.text("StudyInstanceUID") for one in worklist.identities.of(cases).values()}
        reported = [study for study in studies if Comprehensive3DSRStorage in pacs.instances(study).values()]
        unread = [case for case in listed(worklist) if case.flag is None]

    films = REAL + 50 - len({one.study for one in real})
    assert counted.exit_code == ended.exit_code == again.exit_code == 0, ended.output
    assert "55 studies with a radiograph; 50 taken" in ended.stdout
    assert f"{films} to fetch, 0 were here already." in counted.stdout
    assert f"{films} fetched, 0 were here already." in ended.stdout
    assert f"0 fetched, {films} were here already." in again.stdout
    assert len(studies) == len(reported) == 50 and not unread
    assert waiting_results(worklist) == 0


@pytest.mark.parametrize("by", ["get", "web"])
def test_each_way_brings_the_same_films(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    (tmp_path / "past").mkdir()
    with orthanc(tmp_path / "orthanc") as pacs:
        pacs.start()
        for one in real_films(data_dir, REAL):
            pacs.keep(one.content)
        set_up(monkeypatch, tmp_path, pacs)
        ended = fetch("--by", by, "--into", str(tmp_path / "past"))

    assert ended.exit_code == 0 and f"{REAL} fetched" in ended.stdout, ended.output
    scored = CliRunner().invoke(app, ["worklist", "add", str(tmp_path / "past")])
    assert scored.exit_code == 0 and scored.stdout.count(": case ") == REAL
    assert "not scored" not in scored.stdout


def test_c_move_brings_them_to_our_storage_scp(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with orthanc(tmp_path / "orthanc") as pacs:
        pacs.start(port)
        for one in real_films(data_dir, REAL):
            pacs.keep(one.content)
        set_up(monkeypatch, tmp_path, pacs)
        ended = fetch("--by", "move", "--port", str(port), "--live")

    assert ended.exit_code == 0 and f"{REAL} fetched" in ended.stdout, ended.output
    assert sum(len(case.films) for case in listed(worklist_of(tmp_path))) == REAL


def test_what_is_wrong_with_orthanc_or_its_address_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = ("--into", str(tmp_path))
    with orthanc(tmp_path / "orthanc") as pacs:
        pacs.start()
        set_up(monkeypatch, tmp_path, pacs)
        web = f"http://{LOCALHOST}:{pacs.http_port}/nothing-here"
        wrong = {
            "CXR_PACS_AET": (fetch_with(monkeypatch, "CXR_PACS_AET", "OTHER", *into)),
            "--aet": fetch("--aet", "STRANGER", *into),
            "CXR_PACS_PORT": fetch_with(monkeypatch, "CXR_PACS_PORT", str(free_port()), *into),
            "CXR_PACS_DICOMWEB": fetch_with(monkeypatch, "CXR_PACS_DICOMWEB", web, *into, "--by", "web"),
        }
    wrong["cannot be reached"] = fetch("--by", "web", *into)

    for named, ended in wrong.items():
        assert ended.exit_code == 1 and named in ended.stderr, (named, ended.output)


def fetch_with(monkeypatch: pytest.MonkeyPatch, name: str, value: str, *options: str) -> Result:
    with monkeypatch.context() as patched:
        patched.setenv(name, value)
        return fetch(*options)
