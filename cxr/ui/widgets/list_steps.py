"""From the open case to those before and after it in the list as the reader left it: filtered and sorted."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.case_link import go_to
from cxr.ui.words import N_, _
from cxr.worklist.reading.filters import Filter
from cxr.worklist.reading.neighbours import Neighbours

AS_LEFT = N_("The list as you left it, with its search, filters and order.")


def neighbours(number: int) -> Neighbours:
    """Return the numbers of the cases before and after one, which may have left the list: it is read."""
    wanted, sorted_page = session().wanted or Filter(), session().sorted_page
    if number not in sorted_page:
        return worklist().ranked.neighbours(number, wanted)
    place = sorted_page.index(number)
    listed = worklist().ranked.listed(sorted_page, wanted)
    before = (one for one in reversed(sorted_page[:place]) if one in listed)
    after = (one for one in sorted_page[place + 1 :] if one in listed)
    return next(before, None), next(after, None)


def show_steps(number: int, drawn: Neighbours) -> None:
    """Offer the cases before and after the open one; which they are is looked up again at the press."""
    as_left = _(AS_LEFT) if session().sorted_page or (session().wanted or Filter()) != Filter() else None
    st.button(
        _("Previous in list"),
        icon=":material/chevron_left:",
        shortcut="p",
        disabled=drawn[0] is None,
        on_click=partial(_step, number, 0),
        help=as_left,
    )
    show_next(number, drawn, shortcut="f", hint=as_left)


def show_next(number: int, drawn: Neighbours, shortcut: str | None = None, hint: str | None = None) -> None:
    """Offer the case after the open one."""
    st.button(
        _("Next in list"),
        icon=":material/chevron_right:",
        shortcut=shortcut,
        disabled=drawn[1] is None,
        on_click=partial(_step, number, 1),
        help=hint,
    )


def another_end(number: int, drawn: Neighbours) -> bool:
    """Whether a case has arrived since behind what was the last one of the list, or before the first."""
    if None not in drawn:
        return False
    return [one is None for one in neighbours(number)] != [one is None for one in drawn]


def _step(number: int, place: int) -> None:
    found = attempt(Right.SEE_CASE, lambda: neighbours(number))
    if found is None:
        return
    if (neighbour := found[place]) is None:
        session().done = _("The list ends here now. Other readers have read or dismissed the rest.")
    else:
        go_to(neighbour)
