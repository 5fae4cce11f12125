"""A dialog that raises cases: nobody, and no score, takes them down again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cxr.triage.priority import Urgency
from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import forget_problem, say_done
from cxr.ui.widgets.reader import reader
from cxr.worklist.reading.desk import NotPossibleError
from cxr.worklist.store.database import WorklistError

RAISING = "raising"
"""Where the session keeps the numbers of the cases that are about to be raised."""
WORDS = {Urgency.HIGH: "High", Urgency.STAT: "Stat"}


def begin_raising(numbers: Sequence[int]) -> None:
    """Have the dialog shown when the page is drawn next."""
    st.session_state[RAISING] = tuple(numbers)


def show_raising() -> None:
    """Show the dialog while there is something to raise; it outlives every refresh of the page."""
    if numbers := st.session_state.get(RAISING):
        _ask(numbers)


def _stop_raising() -> None:
    st.session_state.pop(RAISING, None)


@st.dialog("Raise the priority", icon=":material/arrow_upward:", on_dismiss=_stop_raising)
def _ask(numbers: Sequence[int]) -> None:
    names = ", ".join(f"#{number}" for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    st.markdown(f"Case {names}{more}" if len(numbers) == 1 else f"Cases {names}{more}")
    urgency = st.segmented_control(
        "Raise to",
        list(WORDS),
        format_func=WORDS.__getitem__,
        default=Urgency.HIGH,
        required=True,
        key="raise-to",
        help="*High* is read with the urgent films, *Stat* before them. Neither can be taken back.",
    )
    reason = st.text_area("Why", placeholder="For whoever reads it next", key="raise-why", height=80)
    if st.button("Raise", type="primary", icon=":material/arrow_upward:") and urgency:
        _raise(numbers, urgency, reason)


def _raise(numbers: Sequence[int], urgency: Urgency, reason: str) -> None:
    """Raise cases one by one; where none could be raised, say why and leave the dialog open."""
    forget_problem()
    problems: list[str] = []
    for number in numbers:
        case = worklist().ranked.case(number)
        if case is None:
            continue
        try:
            worklist().desk.raise_priority(case, reader(), urgency, reason)
        except (NotPossibleError, WorklistError) as error:
            problems.append(str(error))
    if len(problems) == len(numbers):
        st.error(problems[0], icon=":material/front_hand:")
        return
    raised = len(numbers) - len(problems)
    words = f"Raised to {urgency}: {raised} case{'' if raised == 1 else 's'}."
    say_done(f"{words} {len(problems)} stood as high already." if problems else words)
    _stop_raising()
    st.rerun()
