"""The audit trail from the shell."""

from typing import Annotated

import typer

from cxr.cli.loading import fail, fails_on, open_worklist
from cxr.film.counted import counted
from cxr.film.printable import printable
from cxr.worklist.audit.trail import Line
from cxr.worklist.store.database import WorklistError

MOST = 2**31 - 1

audit_app = typer.Typer(help="Show and verify the audit trail.", no_args_is_help=True)


@audit_app.command()
def verify(
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="LINES:HASH", help="What an earlier check printed, to confirm that it still holds."
        ),
    ] = None,
) -> None:
    """Check every line of the trail; exit code 1 if one was changed, removed or inserted."""
    with fails_on(WorklistError):
        worklist = open_worklist(existing=True)
        trail = worklist.audit
        verified = trail.verify()
        earlier = _earlier(expect)
        faults = [*verified.faults, *worklist.verifying.recorded().faults]
        if earlier and trail.sha256_of(earlier[0]) != earlier[1]:
            faults.append(f"Line {earlier[0]} has changed since the earlier check.")
    for fault in faults:
        print(fault)
    if verified.erased:
        print(f"{counted(verified.erased, 'line')} had the free text erased; the hashes are kept.")
    print(
        f"{counted(verified.lines, 'line')} checked. For a later --expect: {verified.lines}:{verified.sha256}"
    )
    raise typer.Exit(int(bool(faults)))


@audit_app.command()
def show(
    case: Annotated[int | None, typer.Option(min=1, max=MOST, help="Show lines of this case only.")] = None,
    who: Annotated[str | None, typer.Option(help="Show lines of this person or program only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Show at most this many, the latest.")] = 50,
) -> None:
    """Print lines of the trail, the latest last."""
    try:
        lines = open_worklist(existing=True).audit.lines(case, who, limit)
    except WorklistError as error:
        fail(str(error))
    except (ValueError, TypeError, AttributeError):
        fail("A line cannot be read, so it has been changed. 'cxr audit verify' names it.")
    if not lines:
        print("No line matches.")
    for line in reversed(lines):
        print(_words(line))


def _earlier(expect: str | None) -> tuple[int, str] | None:
    if expect is None:
        return None
    lines, _, sha256 = expect.partition(":")
    if not lines.isdecimal() or len(lines) > 9 or len(sha256) != 64:
        raise typer.BadParameter(f"{expect!r} is not the output of a check. Give it as LINES:HASH.")
    return int(lines), sha256


def _words(line: Line) -> str:
    case = "" if line.case is None else f"  case {line.case}"
    details = ", ".join(f"{name} {value}" for name, value in line.details.items() if value is not None)
    text = f"  “{line.text}”" if line.text else ""
    at = f"{line.at:%Y-%m-%d %H:%M:%S}Z"
    return printable(f"{line.number:6} {at}  {line.who}  {line.action}{case}  {details}{text}".rstrip(), "?")
