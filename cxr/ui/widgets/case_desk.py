"""The reader's desk on a case: take it, report on it, take that back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import attempt, say_done
from cxr.ui.widgets.film_view import LOOK, literal
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import WHO_FIRST, reader
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
    """Show who has the case and what this reader can do; each button acts on the case as it is shown."""
    who = reader()
    with st.container(border=True):
        if case.dismissed_at:
            _show_taken_off(case, who)
        elif case.report:
            _show_report(case, who)
        elif case.reader == who and who:
            _ask_report(case, who)
        else:
            _offer(case, who)
        if not who:
            st.caption(f":material/person_alert: {WHO_FIRST}")


def _offer(case: Case, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if case.reader is None:
            st.markdown("Nobody has this case.")
            _button("Take", "t", partial(_take, case, who), not who, ":material/back_hand:", primary=True)
        else:
            since = f" since {moment(case.claimed_at)}" if case.claimed_at else ""
            st.markdown(f"**{literal(case.reader)}** has this case{since}.")
            _button("Take over", None, partial(_take, case, who, True), not who, ":material/swap_horiz:")
        _raise_button(case, who)
        if st.session_state.get(_note_key(case)):
            st.caption("The note you typed is kept; it is here again once you have the case.")


def _ask_report(case: Case, who: str) -> None:
    flag, note = st.columns([1, 3], vertical_alignment="top", gap="medium")
    if case.flag and case.flag is not Flag.REFUSED:
        flag.segmented_control(
            f"The flag {LOOK[case.flag][0].lower()}",
            [AGREE, DISAGREE],
            key=_agrees_key(case),
            persist_state="session",
        )
    else:
        flag.caption("There is no flag of the network to agree with.")
    note.text_area(
        "Note, optional",
        key=_note_key(case),
        persist_state="session",
        max_chars=NOTE_LENGTH,
        height=68,
        placeholder="Stands in the audit trail",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for finding, (word, key) in FINDINGS.items():
            _button(word, key, partial(_report, case, who, finding), False, primary=True)
        _button("Put back", "b", partial(_put_back, case, who), False, ":material/undo:")
        _raise_button(case, who)


def _show_report(case: Case, who: str) -> None:
    report = case.report
    assert report
    agrees = {True: ", agrees with the flag", False: ", disagrees with the flag", None: ""}[report.agrees]
    reader_ = literal(case.reader or "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/done_all: **{reader_}** read it, {moment(report.read_at)}: "
            f"**{report.finding}**{agrees}."
        )
        if case.reader == who:
            _button("Undo", "u", partial(_undo, case, who), False, ":material/undo:")
        else:
            st.caption(f"Only {reader_} can take this back.")
    if report.note:
        st.markdown(f"> {literal(report.note)}")


def _show_taken_off(case: Case, who: str) -> None:
    assert case.dismissed_at
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/remove_circle: Taken off the list, {moment(case.dismissed_at)}.")
        if case.purged_at:
            st.caption("Its pixels are no longer kept: to have it read, hand the film in again.")
        else:
            _button("Bring back", "b", partial(_bring_back, case, who), not who, ":material/undo:")


def _raise_button(case: Case, who: str) -> None:
    if case.raised is Urgency.STAT:
        st.caption(":material/arrow_upward: Raised to stat")
        return
    if case.raised:
        st.caption(":material/arrow_upward: Raised to high")
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


def _take(seen: Case, who: str, over: bool = False) -> None:
    attempt(lambda: worklist().desk.claim(seen, who, over))


def _put_back(seen: Case, who: str) -> None:
    attempt(lambda: worklist().desk.release(seen, who))


def _report(seen: Case, who: str, finding: Finding) -> None:
    said = st.session_state.get(_agrees_key(seen))
    agrees = None if said is None else said == AGREE
    note = (st.session_state.get(_note_key(seen)) or "").strip()
    if attempt(lambda: worklist().desk.report(seen, who, finding, agrees, note)):
        say_done(f"Case {seen.number} is read: {finding}. Undo with *u*, go on with *n*.")


def _undo(seen: Case, who: str) -> None:
    if attempt(lambda: worklist().desk.undo_report(seen, who)) and seen.report:
        st.session_state[_note_key(seen)] = seen.report.note
        if seen.report.agrees is not None:
            st.session_state[_agrees_key(seen)] = AGREE if seen.report.agrees else DISAGREE


def _bring_back(seen: Case, who: str) -> None:
    attempt(lambda: worklist().desk.restore([seen.number], who))


def _note_key(case: Case) -> str:
    return f"note-{case.number}"


def _agrees_key(case: Case) -> str:
    return f"agrees-{case.number}"
