"""The audit trail from the shell."""

from typing import Annotated

import typer

from cxr.cli.loading import fail
from cxr.cli.worklist import open_worklist
from cxr.film.printable import printable
from cxr.worklist.audit.trail import Line
from cxr.worklist.store.database import WorklistError

MOST = 2**31 - 1

audit_app = typer.Typer(help="Look at the audit trail, and check it.", no_args_is_help=True)


@audit_app.command()
def verify(
    expect: Annotated[
        str | None,
        typer.Option(metavar="LINES:HASH", help="What an earlier check printed; it must still hold."),
    ] = None,
) -> None:
    """Check every line of the trail: exit code 1 where one was changed, is missing or was put in."""
    try:
        trail = open_worklist(existing=True).audit
        verified = trail.verify()
        earlier = _earlier(expect)
        faults = list(verified.faults)
        if earlier and trail.sha256_of(earlier[0]) != earlier[1]:
            faults.append(f"Line {earlier[0]} is not what it was at the earlier check.")
    except WorklistError as error:
        fail(str(error))
    for fault in faults:
        print(fault)
    if verified.erased:
        print(f"{verified.erased} lines have lost the words that a person wrote; their hashes stay.")
    print(
        f"{verified.lines} lines checked; keep this to check them again: {verified.lines}:{verified.sha256}"
    )
    raise typer.Exit(int(bool(faults)))


@audit_app.command()
def show(
    case: Annotated[int | None, typer.Option(min=1, max=MOST, help="Lines of this case only.")] = None,
    who: Annotated[str | None, typer.Option(help="Lines of this person or program only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Lines at most, the last ones.")] = 50,
) -> None:
    """Print lines of the trail, the last one at the end."""
    try:
        lines = open_worklist(existing=True).audit.lines(case, who, limit)
    except WorklistError as error:
        fail(str(error))
    except (ValueError, TypeError, AttributeError):
        fail("A line cannot be read, so it was changed: 'audit verify' names it.")
    if not lines:
        print("No line is left with this.")
    for line in reversed(lines):
        print(_words(line))


def _earlier(expect: str | None) -> tuple[int, str] | None:
    if expect is None:
        return None
    lines, _, sha256 = expect.partition(":")
    if not lines.isdecimal() or len(lines) > 9 or len(sha256) != 64:
        raise typer.BadParameter(f"{expect!r} is not what a check printed: give it as LINES:HASH.")
    return int(lines), sha256


def _words(line: Line) -> str:
    case = "" if line.case is None else f"  case {line.case}"
    details = ", ".join(f"{name} {value}" for name, value in line.details.items() if value is not None)
    said = f"  “{line.text}”" if line.text else ""
    at = f"{line.at:%Y-%m-%d %H:%M:%S}Z"
    return printable(f"{line.number:6} {at}  {line.who}  {line.action}{case}  {details}{said}".rstrip())
