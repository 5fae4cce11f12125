"""What was done with a case, and the patient's other cases."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.ui.escape import literal
from cxr.ui.look import flag_badge
from cxr.ui.service import worklist
from cxr.ui.widgets.audit_words import action_words, text_words, who_words
from cxr.ui.widgets.case_link import go_to
from cxr.ui.widgets.case_table import state_word
from cxr.ui.widgets.times import moment
from cxr.ui.words import _, said_each
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case

LINES, READ_BACK = 30, 200
"""Lines shown, and lines read for them: openings are summed up."""


def show_history(case: Case) -> None:
    """List what was done with a case, the latest first."""
    st.header(_("History"), anchor=False)
    lines = worklist().audit.lines(case=case.number, limit=READ_BACK)
    saw = [line for line in lines if line.action is Action.SAW]
    done = [line for line in lines if line.action is not Action.SAW]
    for line in done[:LINES]:
        text = f" “{literal(text_words(line))}”" if line.text else ""
        st.markdown(f"{moment(line.at)} · **{literal(who_words(line))}** {literal(action_words(line))}{text}")
    if saw:
        who = ", ".join(sorted({literal(who_words(line)) for line in saw}))
        st.caption(_("Opened by {who}, last at {at}.", who=who, at=moment(saw[0].at)))
    if len(done) > LINES or len(lines) == READ_BACK:
        st.caption(_("Earlier lines are on the page *Audit*."))


def show_other_cases(case: Case) -> None:
    """List the patient's other cases, each with a button that opens it."""
    st.header(_("Other cases of this patient"), anchor=False)
    others = worklist().ranked.of_patient(case)
    if not others:
        st.caption(
            _("None on the worklist.")
            if case.patient
            else _("Unknown: the file does not identify the patient.")
        )
    for other in others:
        with st.container(horizontal=True, vertical_alignment="center"):
            if other.thumbnail:
                st.image(other.thumbnail, width=64, alt=_("Film of case {number}", number=other.number))
            state = said_each(other.report.words) if other.report else state_word(other).lower()
            st.markdown(
                _(
                    "{flag} arrived {at} · {state}",
                    flag="" if other.withheld else flag_badge(other.flag),
                    at=moment(other.arrived_at),
                    state=state,
                )
            )
            st.button(
                _("Case {number}", number=other.number),
                key=f"other-{other.number}",
                icon=":material/open_in_full:",
                on_click=partial(go_to, other.number),
            )
