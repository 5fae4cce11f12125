"""Which case is open: its number stands in the address, and each opening is written down once."""

from __future__ import annotations

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import attempt, forget_problem
from cxr.ui.widgets.reader import UNNAMED, reader
from cxr.worklist.audit.trail import Action, Entry
from cxr.worklist.case import Case

CASE_PAGE = "cxr/ui/pages/case.py"
NUMBER = "case"
LONGEST = 9
_OPENED = "opened"


def open_number() -> int | None:
    """Number of the open case, as the page's address says it."""
    number = st.query_params.get(NUMBER, "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= LONGEST else None


def go_to(number: int) -> None:
    """Open another case."""
    st.query_params[NUMBER] = str(number)


def note_opening(case: Case) -> None:
    """Write down that somebody saw a case, once each time it is opened, and once for each who looks."""
    who = reader() or UNNAMED
    opened = st.session_state.get(_OPENED)
    if opened == (case.number, who):
        return
    if opened and opened[0] != case.number:
        forget_problem()
    st.session_state[_OPENED] = case.number, who
    entry = Entry(who, Action.SAW, case.number, case.bundle_version)
    attempt(lambda: worklist().audit.note(entry))


def leave_case() -> None:
    """Forget the open case: the next time it is opened is another opening."""
    if st.session_state.pop(_OPENED, None) is not None:
        forget_problem()
