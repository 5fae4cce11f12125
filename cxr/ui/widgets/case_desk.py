"""The reader's desk on a case: claim it, record a finding, undo that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.triage.words import FLAG_WORDS
from cxr.ui.escape import literal
from cxr.ui.rights import may
from cxr.ui.service import worklist
from cxr.ui.session import agrees_key, note_key, session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import NAME_FIRST, reader
from cxr.ui.widgets.times import moment
from cxr.worklist.case import Case, Finding
from cxr.worklist.reading.desk import NOTE_LENGTH

FINDINGS = {
    Finding.PNEUMONIA: ("Pneumonia", "1"),
    Finding.NO_PNEUMONIA: ("No pneumonia", "2"),
    Finding.OTHER: ("Other", "3"),
    Finding.CANNOT_JUDGE: ("Cannot judge", "4"),
}
AGREE, DISAGREE = "Agree", "Disagree"


def show_desk(case: Case) -> None:
    """Show who has the case and what this reader can do; every button acts on the case as shown."""
    who = reader()
    with st.container(border=True):
        if case.dismissed_at:
            _show_dismissed(case, who)
        elif case.report:
            _show_report(case, who)
        elif case.reader == who and who:
            _ask_report(case, who)
        else:
            _offer(case, who)
        if not who:
            st.caption(f":material/person_alert: {NAME_FIRST}")


def _offer(case: Case, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if case.reader is None:
            st.markdown("Not claimed yet.")
            _button("Claim", "t", partial(_claim, case, who), not who, ":material/back_hand:", primary=True)
        else:
            since = f" since {moment(case.claimed_at)}" if case.claimed_at else ""
            st.markdown(f"**{literal(case.reader)}** has had this case{since}.")
            _button("Take over", None, partial(_claim, case, who, True), not who, ":material/swap_horiz:")
        _offer_raising(case, who)
        if st.session_state.get(note_key(case.number)):
            st.caption("Your note is kept and comes back once you have the case.")


def _ask_report(case: Case, who: str) -> None:
    flag, note = st.columns([1, 3], vertical_alignment="top", gap="medium")
    if case.flag and case.flag is not Flag.REFUSED:
        flag.segmented_control(
            f"The flag {FLAG_WORDS[case.flag].lower()}",
            [AGREE, DISAGREE],
            key=agrees_key(case.number),
            persist_state="session",
        )
    else:
        flag.caption("The model gave no flag to agree with.")
    note.text_area(
        "Note, optional",
        key=note_key(case.number),
        persist_state="session",
        max_chars=NOTE_LENGTH,
        height=68,
        placeholder="Kept in the audit trail",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for finding, (word, key) in FINDINGS.items():
            _button(word, key, partial(_report, case, who, finding), False)
        _button("Release", "b", partial(_release, case, who), False, ":material/undo:")
        _offer_raising(case, who)


def _show_report(case: Case, who: str) -> None:
    report = case.report
    assert report
    agrees = {True: ", agrees with the flag", False: ", disagrees with the flag", None: ""}[report.agrees]
    name = literal(case.reader or "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/done_all: **{name}** read it, {moment(report.read_at)}: **{report.finding}**{agrees}."
        )
        if case.reader == who:
            _button("Undo", "u", partial(_undo, case, who), False, ":material/undo:")
        else:
            st.caption(f"Only {name} can undo this.")
    if report.note:
        st.markdown(f"> {literal(report.note)}")


def _show_dismissed(case: Case, who: str) -> None:
    assert case.dismissed_at
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/remove_circle: Dismissed, {moment(case.dismissed_at)}.")
        if case.purged_at:
            st.caption("Its pixels are no longer stored. To have it read, add the film again.")
        elif may(Right.DISMISS):
            _button("Restore", "b", partial(_restore, case, who), not who, ":material/undo:")


def _offer_raising(case: Case, who: str) -> None:
    if case.raised:
        st.caption(f":material/arrow_upward: Raised to {case.raised}")
    if case.raised is Urgency.STAT or not may(Right.RAISE):
        return
    if st.button("Raise priority", icon=":material/arrow_upward:", disabled=not who):
        begin_raising([case.number])
        st.rerun()


def _button(
    label: str,
    key: str | None,
    act: Callable[[], None],
    disabled: bool,
    icon: str | None = None,
    primary: bool = False,
) -> None:
    st.button(
        label,
        icon=icon,
        shortcut=key,
        disabled=disabled,
        on_click=act,
        type="primary" if primary else "secondary",
    )


def _claim(seen: Case, who: str, over: bool = False) -> None:
    attempt(Right.CLAIM, lambda: worklist().desk.claim(seen, who, over))


def _release(seen: Case, who: str) -> None:
    attempt(Right.CLAIM, lambda: worklist().desk.release(seen, who))


def _report(seen: Case, who: str, finding: Finding) -> None:
    choice = st.session_state.get(agrees_key(seen.number))
    agrees = None if choice is None else choice == AGREE
    note = (st.session_state.get(note_key(seen.number)) or "").strip()
    if attempt(Right.REPORT, lambda: worklist().desk.report(seen, who, finding, agrees, note)):
        session().done = f"Case {seen.number} is read: {finding}. Press *u* to undo, *n* for the next case."


def _undo(seen: Case, who: str) -> None:
    if attempt(Right.REPORT, lambda: worklist().desk.undo_report(seen, who)) and seen.report:
        st.session_state[note_key(seen.number)] = seen.report.note
        if seen.report.agrees is not None:
            st.session_state[agrees_key(seen.number)] = AGREE if seen.report.agrees else DISAGREE


def _restore(seen: Case, who: str) -> None:
    attempt(Right.DISMISS, lambda: worklist().desk.restore([seen.number], who))
