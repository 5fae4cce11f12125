"""Tokens from the shell: which programs may use the HTTP API."""

import datetime
from typing import Annotated

import typer

from cxr.cli.loading import fail, fails_on, open_worklist, who
from cxr.film.printable import printable
from cxr.worklist.accounts.accounts import AccountError
from cxr.worklist.accounts.tokens import Token
from cxr.worklist.store.database import WorklistError, utc_now

token_app = typer.Typer(
    help="Add, revoke and list the tokens of programs that use the HTTP API.", no_args_is_help=True
)

MOST_DAYS = 3650
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the program, as the trail shows it.")]


@token_app.command()
def add(
    name: Name,
    days: Annotated[
        int, typer.Option(min=1, max=MOST_DAYS, help="Days after which the token opens nothing.")
    ] = 365,
) -> None:
    """Add a token and print it, this once: only its hash is stored."""
    try:
        token, text = open_worklist().tokens.add(name, datetime.timedelta(days=days), who())
    except (AccountError, WorklistError) as error:
        fail(printable(str(error), "?"))
    print(text)
    typer.echo(f"{_line(token)}. Store the token now: it is not shown again.", err=True)


@token_app.command()
def revoke(name: Name) -> None:
    """Revoke a token, which opens nothing from the next request on."""
    try:
        print(_line(open_worklist(existing=True).tokens.revoke(name, who())))
    except (AccountError, WorklistError) as error:
        fail(printable(str(error), "?"))


@token_app.command("list")
def list_tokens() -> None:
    """List the tokens, one a line; never what they are."""
    with fails_on(WorklistError):
        found = open_worklist(existing=True).tokens.all()
    if not found:
        print("There are no tokens. 'cxr token add' adds one.")
    for token in found:
        print(_line(token))


def _line(token: Token) -> str:
    until = f"{token.expires_at:%Y-%m-%d}"
    if token.revoked_at:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    else:
        state = f"valid until {until}" if token.valid(utc_now()) else f"expired {until}"
    used = f"used {token.used_at:%Y-%m-%d %H:%M}Z" if token.used_at else "never used"
    return f"{token.name}: {state}, {used}"
