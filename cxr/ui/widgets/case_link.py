"""Which case is open: its number is in the address, and each opening is recorded once."""

from __future__ import annotations

import streamlit as st

from cxr.access.rights import Right
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.reader import recorded_name
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.case import Case
from cxr.worklist.reading.filters import NUMBER_DIGITS

CASE_PAGE, WORKLIST_PAGE = "cxr/ui/pages/case.py", "cxr/ui/pages/worklist.py"
NUMBER = "case"


def open_number() -> int | None:
    """Return the number of the open case from the page's address."""
    number = st.query_params.get(NUMBER, "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= NUMBER_DIGITS else None


def go_to(number: int) -> None:
    """Open another case."""
    st.query_params[NUMBER] = str(number)


def record_opening(case: Case) -> None:
    """Record that somebody saw a case, once for each opening and each person."""
    who, opened = recorded_name(), session().opened
    if opened == (case.number, who):
        return
    if opened and opened[0] != case.number:
        session().problem = ""
    session().opened = case.number, who
    entry = Entry(who, Action.SAW, case.number, case.bundle_version)
    attempt(Right.SEE_CASE, lambda: worklist().audit.note(entry))


def leave_case() -> None:
    """Forget the open case: opening it again is recorded again."""
    if session().opened is not None:
        session().opened, session().problem = None, ""
