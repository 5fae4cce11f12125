"""Whether results are shown at this site, from the shell."""

from enum import StrEnum
from typing import Annotated

import typer

from cxr.cli.loading import fail, open_worklist, who
from cxr.film.printable import printable


class Switch(StrEnum):
    """What is asked for."""

    ON = "on"
    OFF = "off"
    STATUS = "status"


def silent(
    switch: Annotated[
        Switch,
        typer.Argument(help="on: score in silence; off: show results; status: only say what holds."),
    ],
    reason: Annotated[
        str, typer.Option(help="Why, for the audit trail; needed to end a stop.", metavar="TEXT")
    ] = "",
) -> None:
    """Withhold results while films are scored as usual, or show them.

    Holds at once for every process that uses the worklist.
    """
    from cxr.worklist.reading.not_possible import NotPossibleError
    from cxr.worklist.site.mode import Mode
    from cxr.worklist.store.database import WorklistError

    # A new site may be silent before its first film.
    site = open_worklist(existing=switch is Switch.STATUS).site
    try:
        if switch is Switch.STATUS:
            state = site.state()
        else:
            state = site.change(Mode.SILENT if switch is Switch.ON else Mode.LIVE, who(), reason)
    except NotPossibleError as error:
        fail(f"{error} Give it with --reason TEXT.")
    except WorklistError as error:
        fail(str(error))
    since = f" since {state.since:%Y-%m-%d %H:%MZ}, by {state.who}" if state.since else ""
    shown = "withheld" if state.withholds else "shown"
    text = f" “{state.reason}”" if state.reason else ""
    print(printable(f"{state.mode}: results are {shown}{since}.{text}", "?"))
