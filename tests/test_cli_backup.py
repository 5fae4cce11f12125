"""Backups from the shell, and the second place for the end of the audit trail."""

import os
import re
import socket
from pathlib import Path

import pytest
from commands import run
from made_films import png
from sqlalchemy import text
from waiting import PATIENCE

from cxr.cli.loading import open_worklist
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.second_place import SecondPlace
from cxr.worklist.audit.trail import Entry
from cxr.worklist.identity.identities import new_key
from cxr.worklist.store.database import Database, WorklistError


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worklist of its own, and a film to add."""
    use(tmp_path, monkeypatch, "worklist")
    monkeypatch.setattr("cxr.worklist.backup.verify.SETTLING_SECONDS", 0)
    (tmp_path / "film.png").write_bytes(png(0))


def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).mkdir(exist_ok=True)
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / name / 'worklist.sqlite3'}")
    monkeypatch.setenv("CXR_FILMS", str(tmp_path / name / "films"))


def test_a_worklist_is_backed_up_restored_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("worklist", "add", tmp_path / "film.png")
    trail = run("audit", "verify").stdout

    made = run("backup", tmp_path / "backup")

    assert made.exit_code == 0 and "1 film copied" in made.stdout
    assert "CXR_IDENTITY_KEY is not in the backup. Keep it elsewhere." in made.stdout
    assert "0 films copied" in run("backup", tmp_path / "backup").stdout
    assert run("verify", tmp_path / "backup").exit_code == 0
    refused = run("restore", tmp_path / "backup")
    assert refused.exit_code == 1 and "empty place only" in refused.stderr

    use(tmp_path, monkeypatch, "new")
    restored = run("restore", tmp_path / "backup")

    assert restored.exit_code == 0 and "Add or send again the films that came after" in restored.stdout
    assert run("audit", "verify").stdout == trail
    assert run("verify").exit_code == 0
    (film,) = [path for path in (tmp_path / "new" / "films").rglob("*") if len(path.name) == 64]
    film.unlink()
    lost = run("verify")
    assert lost.exit_code == 1 and re.match(r"Case 1: film \w{12} is missing", lost.stdout)
    assert "1 fault" in lost.stdout and "film.png" not in lost.stdout


def test_a_server_is_referred_to_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_DATABASE", "postgresql://cxr:S3cret@localhost:1/worklist")

    result = run("restore", tmp_path)

    assert result.exit_code == 1 and "pg_restore" in result.stderr and "S3cret" not in result.output


def test_the_end_of_the_trail_is_recorded_after_each_change_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = tmp_path / "head"
    monkeypatch.setenv("CXR_AUDIT_HEAD", str(head))
    worklist = open_worklist()
    for _ in range(3):
        worklist.audit.note(Entry("Ada", Action.SAW))
    verified = worklist.audit.verify()

    recorded = head.read_text().splitlines()
    assert len(recorded) == 3 and recorded[-1].endswith(f" 3 {verified.sha256}")
    assert head.stat().st_mode & 0o77 == 0 and run("verify").exit_code == 0

    # Somebody makes the whole trail again, without a line.
    database = Database(os.environ["CXR_DATABASE"])
    with database.writing() as session:
        session.execute(text("DROP TRIGGER audit_no_delete"))
        session.execute(text("DELETE FROM audit"))
        session.execute(text("UPDATE audit_head SET lines = 0, sha256 = :first"), {"first": "0" * 64})
    for _ in range(2):
        open_worklist().audit.note(Entry("Ada", Action.SAW))
    assert open_worklist().audit.verify().faults == ()
    for command in ("verify", ("audit", "verify")):
        found = run(command) if isinstance(command, str) else run(*command)
        assert found.exit_code == 1 and "Audit trail: line 1 is not the one that" in found.stdout
        assert "3 differ" in found.stdout


def test_what_a_restored_backup_lacks_is_no_fault_of_its_trail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_AUDIT_HEAD", str(tmp_path / "head"))
    worklist = open_worklist()
    worklist.audit.note(Entry("Ada", Action.SAW))
    run("backup", tmp_path / "backup")
    worklist.audit.note(Entry("Ben", Action.SAW))
    use(tmp_path, monkeypatch, "new")

    run("restore", tmp_path / "backup")
    open_worklist().audit.note(Entry("Cleo", Action.SAW))

    verified = run("verify")
    assert verified.exit_code == 0 and "a backup was restored that ends with line 1." in verified.stdout


def test_a_second_place_that_fails_costs_no_change_and_one_that_does_not_exist_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "far").mkdir()
    monkeypatch.setenv("CXR_AUDIT_HEAD", str(tmp_path / "far" / "head"))
    worklist = open_worklist()
    (tmp_path / "far" / "head").unlink()
    (tmp_path / "far").rmdir()

    for _ in range(2):
        worklist.audit.note(Entry("Ada", Action.SAW))

    assert worklist.audit.verify().lines == 2 and caplog.text.count("cannot be recorded") == 1
    with pytest.raises(WorklistError, match="Name a file in a folder that exists"):
        SecondPlace(str(tmp_path / "far" / "head"))


def test_syslog_gets_the_end_of_the_trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cxr.worklist.audit.second_place.SOCKET", "log")
    with pytest.raises(WorklistError, match="CXR_AUDIT_HEAD=syslog"):
        SecondPlace("syslog")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind("log")
        syslog.settimeout(PATIENCE)
        SecondPlace("syslog").add(3, "a" * 64)

        message = syslog.recv(500).decode()

    assert re.fullmatch(rf"<86>cxr: audit head \S+Z 3 {'a' * 64}", message)


def test_the_identity_key_is_named_where_identifiers_are_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from film.film_files import dicom_file
    from made_films import grey_level

    monkeypatch.setenv("CXR_IDENTITY_KEY", new_key())
    (tmp_path / "film.dcm").write_bytes(dicom_file(grey_level(0)))
    run("worklist", "add", tmp_path / "film.dcm")

    made = run("backup", tmp_path / "backup")
    use(tmp_path, monkeypatch, "new")
    restored = run("restore", tmp_path / "backup")

    assert "without it nobody can read the identifiers of 1 film in the backup" in made.stdout
    assert "which no backup holds: the identifiers of 1 film" in restored.stdout
    assert os.environ["CXR_IDENTITY_KEY"].encode() not in b"".join(
        path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()
    )
