"""What was done with a case, and the other films of its patient."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.widgets.audit_words import did
from cxr.ui.widgets.case_link import go_to
from cxr.ui.widgets.case_table import flag_word, state_word
from cxr.ui.widgets.film_view import LOOK, WAITING, literal
from cxr.ui.widgets.times import moment
from cxr.worklist.case import Case

LINES = 30


def show_history(case: Case) -> None:
    """List what was done with a case, the last first."""
    st.subheader("History", anchor=False)
    lines = worklist().audit.lines(case=case.number, limit=LINES)
    for line in lines:
        text = f" “{literal(line.text)}”" if line.text else ""
        st.markdown(f"{moment(line.at)} · **{literal(line.who)}** {literal(did(line))}{text}")
    if len(lines) == LINES and (more := worklist().audit.count(case=case.number) - LINES):
        st.caption(f"{more} more: see the page *Audit*.")


def show_other_films(case: Case) -> None:
    """List the other films of the same patient, each with a way to it."""
    st.subheader("Other films of this patient", anchor=False)
    others = worklist().ranked.of_patient(case)
    if not others:
        st.caption(
            "None on the worklist."
            if case.patient
            else "Not known: this film's file does not name its patient."
        )
    for other in others:
        with st.container(horizontal=True, vertical_alignment="center"):
            if other.thumbnail:
                st.image(other.thumbnail, width=64)
            _, icon, color = LOOK[other.flag] if other.flag else WAITING
            st.badge(flag_word(other), icon=icon, color=color)
            said = str(other.report.finding) if other.report else state_word(other).lower()
            st.markdown(f"arrived {moment(other.arrived_at)} · {said}")
            st.button(
                f"Case {other.number}",
                key=f"other-{other.number}",
                icon=":material/open_in_full:",
                on_click=partial(go_to, other.number),
            )
