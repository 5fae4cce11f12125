"""The reader's desk on a case: claim it, record a finding, undo that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.film import Orientation
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.triage.words import FLAG_WORDS
from cxr.ui.escape import literal
from cxr.ui.rights import may
from cxr.ui.service import worker, worklist
from cxr.ui.session import agrees_key, note_key, session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.audit_words import text_words
from cxr.ui.widgets.dismiss_dialog import begin_dismissing, stayed
from cxr.ui.widgets.list_steps import show_next
from cxr.ui.widgets.next_case import open_next
from cxr.ui.widgets.pneumonia_location import restore_location, show_location, stated_location
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import NAME_FIRST, named_reader, reader
from cxr.ui.widgets.times import moment
from cxr.ui.words import N_, _, said, said_each
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding
from cxr.worklist.reading.desk import NOTE_LENGTH
from cxr.worklist.reading.neighbours import Neighbours

FINDINGS = {
    Finding.PNEUMONIA: (N_("Pneumonia"), "1"),
    Finding.NO_PNEUMONIA: (N_("No pneumonia"), "2"),
    Finding.OTHER: (N_("Other"), "3"),
    Finding.CANNOT_JUDGE: (N_("Cannot judge"), "4"),
}
AGREE, DISAGREE = N_("Agree"), N_("Disagree")
NOTE_HEIGHT = 90
NEXT_HERE = "next-here"


def show_desk(case: Case, around: Neighbours) -> None:
    """Show who has the case and what this reader can do; every button acts on the case as shown.

    The parts keep their places whatever is done, so that nothing moves under the pointer.
    """
    who = reader()
    mine = bool(who) and case.reader == who and not case.report and not case.dismissed_at
    _show_state(case, who, mine, around)
    _show_findings(case, who, mine)
    show_location(case, mine)
    # A refused film has no flag. What the quality check asks of it takes the room, on the first screen.
    if case.flag is not Flag.REFUSED:
        _show_agreement(case, mine)
    _show_note(case, mine)
    with st.container(horizontal=True, vertical_alignment="center"):
        unread = not case.report and not case.dismissed_at
        _offer_raising(case, bool(who) and unread)
        _offer_dismissing(case, bool(who) and unread and case.reader is None)
    if not who:
        st.caption(f":material/person_alert: {_(NAME_FIRST)}")


def _show_state(case: Case, who: str, mine: bool, around: Neighbours) -> None:
    """Say who has the case, beside the one button that changes that."""
    name = literal(case.reader or "")
    words, act, note = _("Not claimed yet."), partial(_claim, case, who), ""
    label, key, icon, primary = N_("Claim"), "t", ":material/back_hand:", True
    if case.dismissed_at:
        lines = worklist().audit.lines(case=case.number, action=Action.DISMISSED, limit=1)
        by = "".join(
            _(" by **{who}**: “{text}”", who=literal(line.who), text=literal(text_words(line)))
            for line in lines
        )
        words = _(
            ":material/remove_circle: Dismissed{by}, {at}.",
            by=by,
            at=moment(case.dismissed_at),
        )
        label, key, icon, primary = N_("Restore"), "b", ":material/undo:", False
        act = partial(_restore, case, who)
        if case.purged_at:
            note = _("Its pixels are no longer stored. To have it read, add the film again.")
    elif case.report:
        agrees = {True: _(", agrees with the flag"), False: _(", disagrees with the flag"), None: ""}
        at, finding = moment(case.report.read_at), said_each(case.report.words)
        words = _(
            ":material/done_all: **{name}** read it, {at}: **{finding}**{agrees}.",
            name=name,
            at=at,
            finding=finding,
            agrees=agrees[case.report.agrees],
        )
        label, key, icon, primary = N_("Undo"), "u", ":material/undo:", False
        act = partial(_undo, case, who)
        if case.reader != who:
            note = _("Only {name} can undo this.", name=name)
    elif mine:
        words = (
            _("You have had this case since {at}.", at=moment(case.claimed_at))
            if case.claimed_at
            else _("Yours.")
        )
        label, key, icon, primary = N_("Release"), "b", ":material/undo:", False
        act = partial(_release, case, who)
    elif case.reader:
        since = _(" since {at}", at=moment(case.claimed_at)) if case.claimed_at else ""
        words = _("**{name}** has had this case{since}.", name=name, since=since)
        label, key, icon, primary = N_("Take over"), "", ":material/swap_horiz:", False
        act = partial(_claim, case, who, True)
    with st.container(key="desk-state"):
        st.markdown(words)
    if case.dismissed_at and not case.purged_at and not may(Right.DISMISS):
        return
    if note:
        st.caption(note)
        return
    with st.container(horizontal=True, gap="small"):
        _button(case, label, key, act, not who, icon, primary)
        if case.report:
            # On a phone the others are far above.
            with st.container(key=NEXT_HERE, width="content", horizontal=True, gap="small"):
                show_next(case.number, around)
                st.button(
                    _("Claim next"), icon=":material/skip_next:", on_click=open_next, args=(case.number,)
                )


def _show_findings(case: Case, who: str, mine: bool) -> None:
    """Offer the findings side by side, two in a row; the one that was recorded stands out."""
    found = case.report and case.report.finding
    findings = list(FINDINGS.items())
    with st.container(key="findings", gap="small"):
        for row in (findings[:2], findings[2:]):
            for column, (finding, (word, key)) in zip(st.columns(2, gap="small"), row, strict=True):
                with column:
                    act = partial(_report, case, who, finding)
                    _button(case, word, key, act, not mine, primary=finding is found, wide=True)


def _show_agreement(case: Case, mine: bool) -> None:
    """Ask for agreement with the flag, or show that of the reading."""
    flag = (
        _("The flag {flag}", flag=said(FLAG_WORDS[case.flag]).lower())
        if case.flag
        else _("No flag to agree with")
    )
    flag = _("Flags are withheld") if case.withheld else flag
    read = f"read-{case.number}-{case.version}"
    st.segmented_control(
        flag,
        [AGREE, DISAGREE],
        format_func=_,
        default={True: AGREE, False: DISAGREE, None: None}[case.report.agrees] if case.report else None,
        key=read if case.report else agrees_key(case.number),
        persist_state=None if case.report else "session",
        disabled=not (mine and case.flag),
    )


def _show_note(case: Case, mine: bool) -> None:
    """Ask for a note, or show that of the reading."""
    if case.report:
        read = f"note-read-{case.number}-{case.version}"
        st.text_area(_("Note"), case.report.note, key=read, height=NOTE_HEIGHT, disabled=True)
        return
    st.text_area(
        _("Note, optional"),
        key=note_key(case.number),
        persist_state="session",
        max_chars=NOTE_LENGTH,
        height=NOTE_HEIGHT,
        placeholder=_("Kept in the audit trail"),
        disabled=not mine,
        help=_("A note you have begun is kept and returns when you claim the case."),
    )


def _offer_raising(case: Case, possible: bool) -> None:
    begin = partial(begin_raising, [case.number])
    disabled = not possible or case.raised is Urgency.STAT
    if may(Right.RAISE):
        st.button(_("Raise priority"), icon=":material/arrow_upward:", disabled=disabled, on_click=begin)


def _offer_dismissing(case: Case, possible: bool) -> None:
    begin = partial(begin_dismissing, [case.number])
    if may(Right.DISMISS):
        st.button(_("Dismiss"), icon=":material/remove_circle:", disabled=not possible, on_click=begin)


def _button(
    case: Case,
    label: str,
    key: str,
    act: Callable[[], None],
    disabled: bool,
    icon: str | None = None,
    primary: bool = False,
    wide: bool = False,
) -> None:
    st.button(
        _(label),
        # By case: a key pressed while the next case is being drawn must not act on that one.
        key=f"{label}-{case.number}",
        icon=icon,
        shortcut=key or None,
        disabled=disabled,
        on_click=act,
        type="primary" if primary else "secondary",
        width="stretch" if wide else "content",
    )


def _claim(seen: Case, who: str, over: bool = False) -> None:
    attempt(Right.CLAIM, lambda: worklist().desk.claim(seen, who, over))


def _release(seen: Case, who: str) -> None:
    attempt(Right.CLAIM, lambda: worklist().desk.release(seen, who))


def _report(seen: Case, who: str, finding: Finding) -> None:
    choice = st.session_state.get(agrees_key(seen.number))
    agrees = None if choice is None else choice == AGREE
    note = (st.session_state.get(note_key(seen.number)) or "").strip()
    location = stated_location(seen)
    now = attempt(Right.REPORT, lambda: worklist().desk.report(seen, who, finding, agrees, note, location))
    if now and now.report:
        session().done = _(
            "Case {number} is read: {finding}. Press *u* to undo, *f* for the next in the list, *n* to claim "
            "the next.",
            number=seen.number,
            finding=said_each(now.report.words),
        )


def _undo(seen: Case, who: str) -> None:
    if attempt(Right.REPORT, lambda: worklist().desk.undo_report(seen, who)) and seen.report:
        st.session_state[note_key(seen.number)] = seen.report.note
        restore_location(seen)
        if seen.report.agrees is not None:
            st.session_state[agrees_key(seen.number)] = AGREE if seen.report.agrees else DISAGREE
        # A toast takes the place of the last one, which would go on saying that the case is read.
        session().done = _("The finding on case {number} is undone.", number=seen.number)


def _restore(seen: Case, who: str) -> None:
    moves = attempt(Right.DISMISS, lambda: worklist().desk.restore([seen.number], who))
    if moves and moves.stayed:
        session().problem = "\n".join(stayed(moves.stayed))


def invert(seen: Case, inverted: bool) -> None:
    """Invert the grey levels of the film shown and have it scored again, or undo that."""
    if attempt(Right.INVERT, lambda: worklist().desk.invert(seen, named_reader(), inverted)):
        worker().wake()


def orient(seen: Case, orientation: Orientation) -> None:
    """Rotate or mirror the film shown and have it scored again."""
    if attempt(Right.INVERT, lambda: worklist().desk.orient(seen, named_reader(), orientation)):
        worker().wake()


def overrule(seen: Case, overruled: bool) -> None:
    """Have the film shown scored although the quality check refused it, or undo that."""
    if attempt(Right.OVERRULE, lambda: worklist().desk.overrule(seen, named_reader(), overruled)):
        worker().wake()
