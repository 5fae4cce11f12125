"""Lines of the audit trail in plain words."""

from __future__ import annotations

from collections.abc import Callable

from cxr.film import AS_STORED, Orientation
from cxr.site.stop_rule import WHO as STOP_RULE
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS
from cxr.ui.widgets.dismiss_dialog import REASONS
from cxr.ui.widgets.reader import UNNAMED
from cxr.ui.words import N_, _, _n, percent, said, said_each
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Line


def who_words(line: Line) -> str:
    """Name whoever performed an action; no name is said in the language of the page."""
    return _(UNNAMED) if line.who == UNNAMED else line.who


def action_words(line: Line) -> str:
    """Describe an action, to follow the name of whoever performed it: 'claimed the case'."""
    words = WORDS[line.action]
    return _(words) if isinstance(words, str) else words(line)


def text_words(line: Line) -> str:
    """Return what the person wrote; a reason that they chose from the list, in the language of the page."""
    text = line.text or ""
    if line.action is Action.SITE_STATE and line.who == STOP_RULE:
        return said(text)
    return _(text) if line.action is Action.DISMISSED and text in REASONS else text


def _added_again(line: Line) -> str:
    if case := line.details.get("to case"):
        return _("added the film again for another study: it moved to case {case}", case=case)
    changed, before = line.details.get("changed"), line.details.get("from case")
    words = _("added the film again") + (f" ({said_each(str(changed))})" if changed else "")
    words += _("; it moved here from case {case}", case=before) if before else ""
    return words + (_("; it is scored again") if line.details.get("scored again") else "")


def _scored(line: Line) -> str:
    if "flag" not in line.details:  # withheld
        return _("scored it")
    probability = line.details.get("probability")
    shown = f", {percent(probability)}" if isinstance(probability, float) else ""
    return _("scored it: {flag}", flag=_flag(line)) + shown


def _refused(line: Line) -> str:
    codes = str(line.details.get("reasons", ""))
    reasons = ", ".join(said(code.replace("_", " ")) for code in codes.split(", "))
    return _("did not score it: {reasons}", reasons=reasons) if codes else _("did not score it")


def _claimed(line: Line) -> str:
    before = line.details.get("from")
    return _("took the case over from {name}", name=before) if before else _("claimed the case")


def _read(line: Line) -> str:
    agrees, finding = line.details.get("agrees"), said(line.details.get("finding"))
    if location := line.details.get("location"):
        finding += f", {said(location)}"
    if agrees is None:
        return _("read it: {finding}", finding=finding)
    words = (
        N_("read it: {finding}, agrees with the flag {flag}")
        if agrees
        else N_("read it: {finding}, disagrees with the flag {flag}")
    )
    return _(words, finding=finding, flag=_flag(line))


def _inverted(line: Line) -> str:
    # Earlier versions called it turned.
    inverted = line.details.get("inverted", line.details.get("turned"))
    return _("inverted the film") if inverted else _("undid the inversion")


def _oriented(line: Line) -> str:
    orientation = Orientation.of(int(str(line.details.get("orientation", 0))))
    if orientation == AS_STORED:
        return _("undid rotating and mirroring the film")
    if not orientation.quarter_turns:
        return _("mirrored the film")
    rotated = _("rotated the film by {degrees}°", degrees=orientation.degrees)
    return _("{rotated} and mirrored it", rotated=rotated) if orientation.mirrored else rotated


def _overruled(line: Line) -> str:
    overruled = line.details.get("overruled")
    return _("overruled the quality check") if overruled else _("let the quality check decide")


def _exported(line: Line) -> str:
    if document := line.details.get("document"):
        return _("exported the {document}", document=said(document))
    # Earlier versions called it shelf.
    view = line.details.get("view", line.details.get("shelf"))
    return _n(
        "exported the list {view}, {count} film",
        "exported the list {view}, {count} films",
        _count(line, "films"),
        view=said(view),
    )


def _account_changed(line: Line) -> str:
    change = _(
        "account {account}: {change}",
        account=line.details.get("account"),
        change=said(line.details.get("change")),
    )
    role = line.details.get("role")
    return f"{change}, {said(role)}" if role else change


def _site_state(line: Line) -> str:
    words = {"live": N_("let results be shown"), "silent": N_("put the site into silent mode")}
    to = str(line.details.get("to"))
    changed = _(words.get(to, N_("stopped: results are withheld")))
    stopped = line.details.get("from") == "stopped"
    return _("ended the stop: {changed}", changed=changed) if stopped else changed


def _stop_rule(line: Line) -> str:
    least = line.details.get("to")
    if least is None:
        return _("removed the stop rule")
    return _("set the stop rule to an agreement of {least}", least=least)


def _token_changed(line: Line) -> str:
    return _(
        "token {name}: {change}", name=line.details.get("token"), change=said(line.details.get("change"))
    )


def _reported_elsewhere(line: Line) -> str:
    words = _(
        "reported from elsewhere, by {reader}: {finding}",
        reader=line.details.get("reader"),
        finding=said(line.details.get("finding")),
    )
    match line.details.get("outcome"):
        case "conflict":
            return words + _(
                ". Conflict: the finding here, {finding}, stays", finding=said(line.details.get("here"))
            )
        case "in reading":
            return words + _(". It was being read here, so it stays on the list")
        case "replaced":
            return words + _(", instead of {finding}", finding=said(line.details.get("before")))
    return words


def _flag(line: Line) -> str:
    flag = line.details.get("flag")
    return said(FLAG_WORDS[Flag(flag)]).lower() if isinstance(flag, str) else _("none")


def _paused(line: Line) -> str:
    return _n(
        "paused sign-in of {account} after {count} failed attempt",
        "paused sign-in of {account} after {count} failed attempts",
        _count(line, "attempts"),
        account=line.details.get("account") or _("an unknown name"),
    )


def _failed(line: Line) -> str:
    return _n(
        "{count} failed attempt to sign in as {account}, before any pause",
        "{count} failed attempts to sign in as {account}, before any pause",
        _count(line, "attempts"),
        account=line.details.get("account") or _("an unknown name"),
    )


def _sent(line: Line) -> str:
    return _n(
        "sent the result to {to}, {count} object",
        "sent the result to {to}, {count} objects",
        _count(line, "objects"),
        to=line.details.get("to"),
    )


def _count(line: Line, name: str) -> int:
    return int(str(line.details.get(name, 0)))


WORDS: dict[Action, str | Callable[[Line], str]] = {
    Action.ACCEPTED: N_("added the film"),
    Action.ADDED_AGAIN: _added_again,
    Action.SCORED: _scored,
    Action.REFUSED: _refused,
    Action.SAW: N_("opened the case"),
    Action.CLAIMED: _claimed,
    Action.RELEASED: N_("released the case unread"),
    Action.READ: _read,
    Action.READING_UNDONE: N_("undid the reading"),
    Action.RAISED: lambda line: _("raised it to {urgency}", urgency=said(line.details.get("to"))),
    Action.INVERTED: _inverted,
    Action.ORIENTED: _oriented,
    Action.OVERRULED: _overruled,
    Action.REDACTED: lambda line: _("redacted: {corners}", corners=line.details.get("corners")),
    Action.DISMISSED: N_("dismissed the case"),
    Action.RESTORED: N_("restored the case"),
    Action.EXPORTED: _exported,
    Action.PURGED: N_("removed the film's pixels"),
    Action.RECEIVED: lambda line: _("sent films over the network: {count}", count=line.details.get("films")),
    Action.SENT: _sent,
    Action.SIGNED_IN: N_("signed in"),
    Action.SIGNED_OUT: lambda line: (
        _("signed out everywhere") if line.details.get("everywhere") else _("signed out")
    ),
    Action.SIGN_IN_FAILED: _failed,
    Action.SIGN_IN_PAUSED: _paused,
    Action.NOT_ALLOWED: lambda line: _("was not allowed to {right}", right=said(line.details.get("right"))),
    Action.ACCOUNT_CHANGED: _account_changed,
    Action.SITE_STATE: _site_state,
    Action.STOP_RULE: _stop_rule,
    Action.SITE_PROFILE: lambda line: _(
        "{change} site profile {version}",
        change=said(line.details.get("change")),
        version=line.details.get("profile"),
    ),
    Action.TOKEN_CHANGED: _token_changed,
    Action.REPORTED_ELSEWHERE: _reported_elsewhere,
}
