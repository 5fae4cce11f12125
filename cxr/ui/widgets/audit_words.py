"""Lines of the audit trail in plain words."""

from __future__ import annotations

from collections.abc import Callable

from cxr.report.words import percent
from cxr.triage.flag import Flag
from cxr.ui.widgets.film_view import LOOK
from cxr.worklist.audit.trail import Action, Line

LEAST = 0.001
"""No model can promise 0 or 100 %."""


def did(line: Line) -> str:
    """What somebody did, to be read after the name: 'took the case'."""
    return WORDS[line.action](line)


def _handed_in_again(line: Line) -> str:
    again = "; it is scored once more" if line.details.get("scored again") else ""
    return f"handed the film in again{again}"


def _scored(line: Line) -> str:
    probability = line.details.get("probability")
    shown = f", {percent(min(max(probability, LEAST), 1 - LEAST))}" if isinstance(probability, float) else ""
    return f"scored it: {_flag(line)}{shown}"


def _refused(line: Line) -> str:
    reasons = str(line.details.get("reasons", "")).replace("_", " ")
    return f"did not score it: {reasons}" if reasons else "did not score it"


def _took(line: Line) -> str:
    before = line.details.get("from")
    return f"took the case over from {before}" if before else "took the case"


def _read(line: Line) -> str:
    agrees = line.details.get("agrees")
    words = {True: f", agrees with the flag {_flag(line)}", False: f", disagrees with the flag {_flag(line)}"}
    return f"read it: {line.details.get('finding')}{words[bool(agrees)] if agrees is not None else ''}"


def _exported(line: Line) -> str:
    if what := line.details.get("document"):
        return f"exported the {what}"
    return f"exported the shelf {line.details.get('shelf')}, {line.details.get('films')} films"


def _received(line: Line) -> str:
    return f"sent films over the network: {line.details.get('films')}"


def _sent(line: Line) -> str:
    return f"sent the result to {line.details.get('to')}, {line.details.get('objects')} objects"


def _flag(line: Line) -> str:
    flag = line.details.get("flag")
    return LOOK[Flag(flag)][0].lower() if isinstance(flag, str) else "none"


def _always(words: str) -> Callable[[Line], str]:
    return lambda line: words


WORDS: dict[Action, Callable[[Line], str]] = {
    Action.ACCEPTED: _always("put the film on the list"),
    Action.ADDED_AGAIN: _handed_in_again,
    Action.SCORED: _scored,
    Action.REFUSED: _refused,
    Action.SAW: _always("opened the case"),
    Action.CLAIMED: _took,
    Action.RELEASED: _always("gave the case back unread"),
    Action.READ: _read,
    Action.READING_UNDONE: _always("took the finding back"),
    Action.RAISED: lambda line: f"raised it to {line.details.get('to')}",
    Action.INVERTED: lambda line: (
        "had it turned round"
        if line.details.get("inverted", line.details.get("turned"))
        else "undid its turning round"
    ),
    Action.REDACTED: lambda line: f"blacked out: {line.details.get('corners')}",
    Action.DISMISSED: _always("took the film off the list"),
    Action.RESTORED: _always("brought the film back to the list"),
    Action.EXPORTED: _exported,
    Action.PURGED: _always("removed the film's pixels"),
    Action.RECEIVED: _received,
    Action.SENT: _sent,
}
