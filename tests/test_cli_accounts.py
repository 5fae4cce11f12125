"""Accounts from the shell."""

import pytest
from commands import run

pytestmark = pytest.mark.usefixtures("worklist_set")


PASSWORD = "four words of mine"


def test_an_account_is_added_changed_disabled_and_listed() -> None:
    added = run("user", "add", "Ada", "--role", "admin", typed=f"{PASSWORD}\n")
    listed = run("user", "list").stdout
    steps = [
        run("user", "role", "ada", "lead"),
        run("user", "disable", "ADA"),
        run("user", "reset", "Ada", typed=f"{PASSWORD}!\n"),
    ]

    assert added.stdout == listed == "Ada: admin, never signed in\n"
    assert [step.stdout for step in steps] == [
        "Ada: lead, never signed in\n",
        "Ada: lead, disabled\n",
        "Ada: lead, never signed in\n",
    ]
    shown = run("audit", "show").stdout
    assert shown.count("account changed") == 4 and PASSWORD not in shown


def test_what_is_not_possible_is_explained_and_changes_nothing() -> None:
    short = run("user", "add", "Ada", typed="short\n")
    empty = run("user", "add", "Ada")
    run("user", "add", "Ada", typed=f"{PASSWORD}\n")
    again = run("user", "add", "ada", typed=f"{PASSWORD}\n")
    unknown = run("user", "disable", "Ben")

    assert [one.exit_code for one in (short, empty, again, unknown)] == [1, 1, 1, 1]
    assert "The password is 5 characters long. Choose one of at least 12" in short.stderr
    assert "The password is 0 characters long." in empty.stderr
    assert "There is an account ada already." in again.stderr
    assert "There is no account Ben. 'cxr user list' shows them all." in unknown.stderr
    assert run("user", "list").stdout == "Ada: reader, never signed in\n"
