"""Accounts from the shell."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cxr.cli.main import app

PASSWORD = "four words of mine"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worklist of its own."""
    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'worklist.sqlite3'}")
    monkeypatch.setenv("CXR_FILMS", str(tmp_path / "films"))


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *arguments], input=typed)


def test_an_account_is_added_changed_disabled_and_listed() -> None:
    added = run("add", "Ada", "--role", "admin", typed=f"{PASSWORD}\n")
    listed = run("list").stdout
    steps = [run("role", "ada", "lead"), run("disable", "ADA"), run("reset", "Ada", typed=f"{PASSWORD}!\n")]

    assert added.stdout == listed == "Ada: admin, never signed in\n"
    assert [step.stdout for step in steps] == [
        "Ada: lead, never signed in\n",
        "Ada: lead, disabled\n",
        "Ada: lead, never signed in\n",
    ]
    shown = CliRunner().invoke(app, ["audit", "show"]).stdout
    assert shown.count("account changed") == 4 and PASSWORD not in shown


def test_what_is_not_possible_is_explained_and_changes_nothing() -> None:
    short = run("add", "Ada", typed="short\n")
    empty = run("add", "Ada")
    run("add", "Ada", typed=f"{PASSWORD}\n")
    again = run("add", "ada", typed=f"{PASSWORD}\n")
    unknown = run("disable", "Ben")

    assert [one.exit_code for one in (short, empty, again, unknown)] == [1, 1, 1, 1]
    assert "The password is 5 characters long. Choose one of at least 12" in short.stderr
    assert "The password is 0 characters long." in empty.stderr
    assert "There is an account ada already." in again.stderr
    assert "There is no account Ben. 'cxr user list' shows them all." in unknown.stderr
    assert run("list").stdout == "Ada: reader, never signed in\n"
