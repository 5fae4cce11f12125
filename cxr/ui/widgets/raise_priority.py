"""The dialog that raises the priority of cases. Nobody, and no score, lowers it again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cxr.access.rights import Right
from cxr.triage.priority import Urgency
from cxr.ui.rights import require
from cxr.ui.service import worklist
from cxr.ui.session import clear_selection, session
from cxr.ui.widgets.counted import cases
from cxr.ui.words import N_, _, said
from cxr.worklist.reading.desk import GONE
from cxr.worklist.reading.not_possible import NotAllowedError, NotPossibleError
from cxr.worklist.store.database import WorklistError

TO, WHY = "raise-to", "raise-why"
WORDS = {Urgency.HIGH: N_("High"), Urgency.STAT: N_("Stat")}


def begin_raising(numbers: Sequence[int]) -> None:
    """Show the dialog from the next rerun on."""
    session().raising, session().refusal = tuple(numbers), ""


def show_raising() -> None:
    """Show the dialog while there are cases to raise; it survives refreshes of the page."""
    if numbers := session().raising:
        # Not as a decorator, which would be given its title before there is a session with a language.
        dialog = st.dialog(_("Raise the priority"), icon=":material/arrow_upward:", on_dismiss=_stop_raising)
        dialog(_ask)(numbers)


def _stop_raising() -> None:
    session().raising = ()


def _ask(numbers: Sequence[int]) -> None:
    if not session().raising:
        st.rerun()  # done: the page closes the dialog
    names = ", ".join(f"#{number}" for number in numbers[:10])
    more = _(" and {count} more", count=len(numbers) - 10) if len(numbers) > 10 else ""
    st.markdown(
        (_("Case {numbers}") if len(numbers) == 1 else _("Cases {numbers}")).format(numbers=names + more)
    )
    st.segmented_control(
        _("Priority"),
        list(WORDS),
        format_func=lambda urgency: _(WORDS[urgency]),
        default=Urgency.HIGH,
        required=True,
        key=TO,
        help=_("*High* is read with the urgent films, *Stat* before them. Neither can be undone."),
    )
    st.text_area(_("Reason"), placeholder=_("For whoever reads it next"), key=WHY, height=80)
    st.button(_("Raise"), type="primary", icon=":material/arrow_upward:", on_click=_raise, args=(numbers,))
    if session().refusal:
        st.error(session().refusal, icon=":material/front_hand:")


def _raise(numbers: Sequence[int]) -> None:
    """Raise cases one by one; if none could be raised, explain why and leave the dialog open."""
    urgency, reason = st.session_state[TO], st.session_state.get(WHY) or ""
    session().problem = session().refusal = ""
    problems: list[str] = []
    try:
        who = require(Right.RAISE)
    except (NotAllowedError, WorklistError) as error:
        session().refusal = said(error)
        return
    for number in numbers:
        try:
            case = worklist().ranked.case(number)
            if case is None:
                raise NotPossibleError(GONE)
            worklist().desk.raise_priority(case, who.name, urgency, reason)
        except (NotPossibleError, WorklistError) as error:
            problems.append(_("Case {number} was not raised: {error}", number=number, error=said(error)))
    if len(problems) == len(numbers):
        # A missing reason concerns all of them alike.
        session().refusal = "  \n".join(problems if reason.strip() else problems[:1])
        return
    session().done = _(
        "{cases} raised to {urgency}.",
        cases=cases(len(numbers) - len(problems)),
        urgency=said(urgency),
    )
    session().problem = "\n".join(problems)
    clear_selection()
    _stop_raising()
