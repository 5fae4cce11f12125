"""The dialog that dismisses unread cases: it names them, and asks for the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from cxr.access.rights import Right
from cxr.triage.flag import Flag
from cxr.ui.escape import literal
from cxr.ui.look import flag_badge
from cxr.ui.rights import require
from cxr.ui.service import worklist
from cxr.ui.session import Moved, clear_selection, session
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.counted import cases
from cxr.ui.widgets.patients import patients
from cxr.ui.words import N_, _, _n, said
from cxr.worklist.case import Case
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import WorklistError

REASONS = (
    N_("Not a frontal chest film"),
    N_("Duplicate"),
    N_("Test image"),
    N_("Wrong patient"),
    N_("Already reported elsewhere"),
)
WHY = "dismiss-why"
NAMED = 12
"""Cases that are named one by one before the rest is listed by number."""


def begin_dismissing(numbers: Sequence[int]) -> None:
    """Show the dialog from the next rerun on."""
    session().dismissing, session().refusal = tuple(numbers), ""


def show_dismissing() -> None:
    """Show the dialog while there are cases to dismiss; it survives refreshes of the page."""
    if numbers := session().dismissing:
        # Not as a decorator, which would be given its title before there is a session with a language.
        dialog = st.dialog(
            _("Dismiss unread cases"), icon=":material/remove_circle:", on_dismiss=_stop_dismissing
        )
        dialog(_ask)(numbers)


def _stop_dismissing() -> None:
    session().dismissing = ()


@stopping_on_errors()
def _ask(numbers: Sequence[int]) -> None:
    if not session().dismissing:
        st.rerun()  # done: the page closes the dialog
    found = [case for number in numbers if (case := worklist().ranked.case(number))]
    pressing = [case for case in found if case.flag is Flag.URGENT or case.raised]
    st.markdown(_("Nobody has read these films. They leave the list, and can be restored from *Dismissed*."))
    if pressing:
        st.warning(
            _n(
                "{count} of them is urgent or was raised.",
                "{count} of them are urgent or were raised.",
                len(pressing),
            ),
            icon=":material/priority_high:",
        )
    in_order = sorted(found, key=lambda case: case not in pressing)
    who = patients(numbers)
    st.markdown("\n".join(f"- {_named(case, who.get(case.number, ''))}" for case in in_order[:NAMED]))
    if rest := in_order[NAMED:]:
        st.caption(_("And {cases}", cases=", ".join(f"#{case.number}" for case in rest)))
    st.selectbox(
        _("Reason"),
        REASONS,
        format_func=_,
        index=None,
        accept_new_options=True,
        placeholder=_("Choose or type a reason"),
        key=WHY,
    )
    st.button(
        _("Dismiss {cases}", cases=cases(len(numbers))),
        type="primary",
        icon=":material/remove_circle:",
        on_click=_dismiss,
        args=(numbers,),
    )
    if session().refusal:
        st.error(session().refusal, icon=":material/front_hand:")


def _named(case: Case, patient: str) -> str:
    raised = _(" raised to {urgency}", urgency=said(case.raised)) if case.raised else ""
    flag = "" if case.withheld else f" {flag_badge(case.flag)}"
    return f"**#{case.number}**{flag}{raised} {literal(patient or case.name)}"


def _dismiss(numbers: Sequence[int]) -> None:
    """Dismiss cases, and remember how to undo it; if none could be dismissed, leave the dialog open."""
    reason = st.session_state.get(WHY) or ""
    try:
        moves = worklist().desk.dismiss(numbers, require(Right.DISMISS).name, reason)
    except (NotPossibleError, WorklistError) as error:
        session().refusal = said(error)
        return
    done = _("{cases} dismissed.", cases=cases(len(moves.done))) if moves.done else ""
    session().moved = Moved(" ".join([done, *stayed(moves.stayed)]).strip(), moves.done)
    clear_selection()
    _stop_dismissing()


def stayed(obstacles: Mapping[int, str]) -> list[str]:
    """Name each case that stayed as it was, and why."""
    return [
        _("Case {number} stayed: {why}", number=number, why=said(why)) for number, why in obstacles.items()
    ]
