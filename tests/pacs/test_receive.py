"""`python -m cxr receive`: one process that takes films, scores them and sends results back."""

import threading
from pathlib import Path

import pytest
import typer
from peers import PACS, US, calling, film, listed, pacs, store
from receiving import environment, receiving, worklist_of
from sent_results import waiting_results
from typer.testing import CliRunner
from waiting import until

from cxr.cli.main import app
from cxr.cli.receiving import wait_for
from cxr.pacs.storage_scp import SUCCESS

pytestmark = pytest.mark.long


@pytest.mark.parametrize("workers", [1, 2])
def test_a_film_comes_in_and_its_result_goes_out(tmp_path: Path, small_bundle: Path, workers: int) -> None:
    with pacs() as peer:
        models = {"MODELS": small_bundle.parent, "BUNDLE": small_bundle.name, "WORKERS": workers}
        with receiving(environment(tmp_path, peer.port, **models), "--population", "child") as program:
            assert store(program.port, film(1), film(2)) == [SUCCESS] * 2
            worklist = worklist_of(tmp_path)
            outbox = worklist.outbox
            until(lambda: len(outbox.deliveries()) == 2 and not waiting_results(worklist), "results")
            said = program.stop()

    assert {one.StudyInstanceUID for one in peer.objects} == {"1.2.3.1.1", "1.2.3.1.2"}
    assert program.process.returncode == 0
    lines = said.splitlines()
    assert lines[0] == f"Listening on port {program.port} as {US}."
    assert "Received 2 films from ROUTER." in lines and lines[-1] == "Stopping."
    assert sum(line.startswith("Sent the result of case ") and PACS in line for line in lines) == 2
    assert not [mark for mark in ("ROSSI", "P1", "1.2.3.") if mark in said]


def test_a_kill_after_the_answer_loses_nothing(tmp_path: Path) -> None:
    answered = 0
    for kill in range(3):
        with receiving(environment(tmp_path), "--no-work") as program, calling(program.port) as association:
            for seed in range(kill + 1):
                assert association.send_c_store(film(answered + seed)).Status == SUCCESS
            program.process.kill()
            answered += kill + 1

        worklist = worklist_of(tmp_path)
        cases = listed(worklist)
        assert len(cases) == answered
        assert all(worklist.film_path(case).stat().st_size > 10_000 for case in cases)
        assert len(worklist.identities.of([case.number for case in cases])) == answered
        assert not worklist.audit.verify().faults


@pytest.mark.parametrize(
    ("settings", "options", "told"),
    [
        ({"RECEIVE_FROM": ""}, (), "CXR_RECEIVE_FROM"),
        ({"IDENTITY_KEY": ""}, (), "CXR_IDENTITY_KEY"),
        ({"RECEIVE_TLS": "1"}, (), "CXR_TLS_CERTIFICATE"),
        ({"PACS_TLS": "1", "TLS_AUTHORITIES": "none.pem"}, (), "CXR_TLS_AUTHORITIES"),
        ({}, ("--aet", "A TITLE THAT IS TOO LONG"), "not a valid AE title"),
        ({"RECEIVE_ADDRESS": "192.0.2.1"}, (), "192.0.2.1"),
    ],
)
def test_what_is_missing_is_told_before_anything_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    options: tuple[str, ...],
    told: str,
) -> None:
    for name, value in environment(tmp_path, 104, **settings).items():
        if value or name == "CXR_RECEIVE_FROM":
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)

    ended = CliRunner().invoke(app, ["receive", "--port", "0", "--no-work", *options])

    assert ended.exit_code in (1, 2) and told in ended.stderr


def test_the_outbox_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from test_storage_scu import received, send

    worklist = worklist_of(tmp_path)
    received(worklist, 1)
    with pacs() as peer:
        send(worklist, peer)
        received(worklist, 2)
    due = worklist.outbox.claim("first")
    assert due
    worklist.outbox.failed("first", due, "no answer")
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)

    shown = CliRunner().invoke(app, ["outbox"]).stdout

    rows = [line.split() for line in shown.splitlines() if line.strip()[:1].isdigit()]
    assert [row[:2] for row in rows] == [["2", "waits,"], ["1", "sent"]]
    assert rows[0][-3:] == ["1", "no", "answer"]


def test_a_thread_that_does_not_end_is_not_waited_for_for_ever(capsys: pytest.CaptureFixture[str]) -> None:
    never = threading.Event()
    threads = [threading.Thread(target=wait, daemon=True) for wait in (never.wait, lambda: None)]
    for thread in threads:
        thread.start()

    with pytest.raises(typer.Exit) as ended:
        wait_for(threads, 0.1)
    assert ended.value.exit_code == 1
    assert "within 0 seconds and was given up" in capsys.readouterr().err
    never.set()
    wait_for(threads, 20)
