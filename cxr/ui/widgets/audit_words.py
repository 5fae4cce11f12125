"""Lines of the audit trail in plain words."""

from __future__ import annotations

from collections.abc import Callable

from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS, percent
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Line


def action_words(line: Line) -> str:
    """Describe an action, to follow the name of whoever performed it: 'claimed the case'."""
    words = WORDS[line.action]
    return words if isinstance(words, str) else words(line)


def _added_again(line: Line) -> str:
    if case := line.details.get("to case"):
        return f"added the film again for another study: it moved to case {case}"
    changed, before = line.details.get("changed"), line.details.get("from case")
    words = f"added the film again{f' ({changed})' if changed else ''}"
    words += f"; it moved here from case {before}" if before else ""
    return words + ("; it is scored again" if line.details.get("scored again") else "")


def _scored(line: Line) -> str:
    if "flag" not in line.details:  # withheld
        return "scored it"
    probability = line.details.get("probability")
    shown = f", {percent(probability)}" if isinstance(probability, float) else ""
    return f"scored it: {_flag(line)}{shown}"


def _refused(line: Line) -> str:
    reasons = str(line.details.get("reasons", "")).replace("_", " ")
    return f"did not score it: {reasons}" if reasons else "did not score it"


def _claimed(line: Line) -> str:
    before = line.details.get("from")
    return f"took the case over from {before}" if before else "claimed the case"


def _read(line: Line) -> str:
    agrees = line.details.get("agrees")
    verb = "" if agrees is None else f", {'agrees' if agrees else 'disagrees'} with the flag {_flag(line)}"
    return f"read it: {line.details.get('finding')}{verb}"


def _inverted(line: Line) -> str:
    # Earlier versions called it turned.
    inverted = line.details.get("inverted", line.details.get("turned"))
    return "inverted the film" if inverted else "undid the inversion"


def _overruled(line: Line) -> str:
    return "overruled the quality check" if line.details.get("overruled") else "let the quality check decide"


def _exported(line: Line) -> str:
    if document := line.details.get("document"):
        return f"exported the {document}"
    # Earlier versions called it shelf.
    view = line.details.get("view", line.details.get("shelf"))
    return f"exported the list {view}, {line.details.get('films')} films"


def _account_changed(line: Line) -> str:
    role = line.details.get("role")
    return f"account {line.details.get('account')}: {line.details.get('change')}{f', {role}' if role else ''}"


def _site_state(line: Line) -> str:
    words = {"live": "let results be shown", "silent": "put the site into silent mode"}
    stopped = line.details.get("from") == "stopped"
    to = str(line.details.get("to"))
    return f"{'ended the stop: ' if stopped else ''}{words.get(to, 'stopped: results are withheld')}"


def _stop_rule(line: Line) -> str:
    least = line.details.get("to")
    return "removed the stop rule" if least is None else f"set the stop rule to an agreement of {least}"


def _token_changed(line: Line) -> str:
    return f"token {line.details.get('token')}: {line.details.get('change')}"


def _reported_elsewhere(line: Line) -> str:
    words = f"reported from elsewhere, by {line.details.get('reader')}: {line.details.get('finding')}"
    match line.details.get("outcome"):
        case "conflict":
            return f"{words}. Conflict: the finding here, {line.details.get('here')}, stays"
        case "in reading":
            return f"{words}. It was being read here, so it stays on the list"
        case "replaced":
            return f"{words}, instead of {line.details.get('before')}"
    return words


def _flag(line: Line) -> str:
    flag = line.details.get("flag")
    return FLAG_WORDS[Flag(flag)].lower() if isinstance(flag, str) else "none"


WORDS: dict[Action, str | Callable[[Line], str]] = {
    Action.ACCEPTED: "added the film",
    Action.ADDED_AGAIN: _added_again,
    Action.SCORED: _scored,
    Action.REFUSED: _refused,
    Action.SAW: "opened the case",
    Action.CLAIMED: _claimed,
    Action.RELEASED: "released the case unread",
    Action.READ: _read,
    Action.READING_UNDONE: "undid the reading",
    Action.RAISED: lambda line: f"raised it to {line.details.get('to')}",
    Action.INVERTED: _inverted,
    Action.OVERRULED: _overruled,
    Action.REDACTED: lambda line: f"redacted: {line.details.get('corners')}",
    Action.DISMISSED: "dismissed the case",
    Action.RESTORED: "restored the case",
    Action.EXPORTED: _exported,
    Action.PURGED: "removed the film's pixels",
    Action.RECEIVED: lambda line: f"sent films over the network: {line.details.get('films')}",
    Action.SENT: lambda line: (
        f"sent the result to {line.details.get('to')}, {line.details.get('objects')} objects"
    ),
    Action.SIGNED_IN: "signed in",
    Action.SIGNED_OUT: lambda line: (
        "signed out everywhere" if line.details.get("everywhere") else "signed out"
    ),
    Action.SIGN_IN_PAUSED: lambda line: (
        f"paused sign-in of {line.details.get('account') or 'an unknown name'} after "
        f"{line.details.get('attempts')} failed attempts"
    ),
    Action.NOT_ALLOWED: lambda line: f"was not allowed to {line.details.get('right')}",
    Action.ACCOUNT_CHANGED: _account_changed,
    Action.SITE_STATE: _site_state,
    Action.STOP_RULE: _stop_rule,
    Action.SITE_PROFILE: lambda line: (
        f"{line.details.get('change')} site profile {line.details.get('profile')}"
    ),
    Action.TOKEN_CHANGED: _token_changed,
    Action.REPORTED_ELSEWHERE: _reported_elsewhere,
}
