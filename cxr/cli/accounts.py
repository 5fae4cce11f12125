"""Accounts from the shell: who may sign in, and with which role."""

import getpass
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from cxr.cli.loading import fail, fails_on, open_worklist, who
from cxr.film.printable import printable
from cxr.worklist.accounts.accounts import Account, AccountError
from cxr.worklist.accounts.passwords import PasswordRefusedError
from cxr.worklist.accounts.role import Role
from cxr.worklist.store.database import WorklistError

user_app = typer.Typer(help="Add, change and list the accounts that may sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the account, as everyone sees it.")]
AccountRole = Annotated[Role, typer.Option("--role", help="What the account may do.")]


@user_app.command()
def add(name: Name, role: AccountRole = Role.READER) -> None:
    """Add an account.

    Asks for the password, or reads one line from standard input.
    """
    worklist = open_worklist()
    _report(lambda: worklist.accounts.add(name, role, _password(), who()))


@user_app.command()
def disable(name: Name) -> None:
    """Disable an account and sign it out everywhere; 'cxr user reset' enables it again."""
    _report(lambda: open_worklist(existing=True).accounts.disable(name, who()))


@user_app.command()
def reset(name: Name) -> None:
    """Set a new password, sign the account out everywhere, and enable it again.

    Asks for the password, or reads one line from standard input.
    """
    worklist = open_worklist(existing=True)
    _report(lambda: worklist.accounts.reset(name, _password(), who()))


@user_app.command()
def role(name: Name, role: Annotated[Role, typer.Argument(metavar="ROLE", help="Its new role.")]) -> None:
    """Give an account another role, which holds at once."""
    _report(lambda: open_worklist(existing=True).accounts.change_role(name, role, who()))


@user_app.command("list")
def list_accounts() -> None:
    """List the accounts, one a line."""
    with fails_on(WorklistError):
        found = open_worklist(existing=True).accounts.all()
    if not found:
        print("There are no accounts. 'cxr user add' adds one.")
    for account in found:
        print(_line(account))


def _report(change: Callable[[], Account]) -> None:
    try:
        print(_line(change()))
    except (AccountError, PasswordRefusedError, WorklistError) as error:
        fail(printable(str(error), "?"))


def _line(account: Account) -> str:
    signed_in = (
        f"signed in {account.signed_in_at:%Y-%m-%d %H:%M}Z" if account.signed_in_at else "never signed in"
    )
    return ", ".join(
        [
            f"{account.name}: {account.role}",
            *(["signs in with the provider"] if account.external else []),
            "disabled" if account.disabled_at else signed_in,
        ]
    )


def _password() -> str:
    """Ask for a password twice, or read it from a pipe; never from an argument, which others can see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        fail("The passwords are different. Nothing was changed.")
    return password
