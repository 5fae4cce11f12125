"""What can be done with the selected cases, and with the whole list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.ui.rights import may, require, user
from cxr.ui.service import worklist
from cxr.ui.session import Moved, clear_selection, session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.counted import cases
from cxr.ui.widgets.dismiss_dialog import begin_dismissing, stayed
from cxr.ui.widgets.next_case import claim_next
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import NAME_FIRST, reader
from cxr.ui.words import N_, _, written
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.reading.export import as_csv
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Ranked

KEYS = N_("""
| key | action |
|---|---|
| `↑` `↓` | go through the rows |
| `Enter`, click | open the case |
| `Space` | select the case |
| `/` | search; `↓` goes on to the rows |
| `n` | claim and open the next case |
| `?` | these keys |
""")


def show_actions(wanted: Filter, shown: Sequence[Ranked]) -> None:
    """Show a button for each action; they keep their places whatever is selected."""
    numbers, who = sorted(session().selected), reader()
    unable, name_first = not numbers or not who, None if who else _(NAME_FIRST)

    def offer(label: str, icon: str, act: Callable[[], None]) -> None:
        # By a callback: a list that finds itself changed starts again before it comes to its buttons.
        st.button(label, icon=icon, disabled=unable, help=name_first, on_click=act)

    with st.container(horizontal=True, vertical_alignment="center", key="list-actions"):
        st.button(
            _("Open"),
            icon=":material/open_in_full:",
            disabled=len(numbers) != 1,
            on_click=partial(_open, numbers),
        )
        if wanted.list_view is ListView.TO_READ:
            if may(Right.DISMISS):
                offer(_("Dismiss"), ":material/remove_circle:", partial(_ask, begin_dismissing, numbers))
            if may(Right.RAISE):
                offer(_("Raise priority"), ":material/arrow_upward:", partial(_ask, begin_raising, numbers))
        if wanted.list_view is ListView.DISMISSED and may(Right.DISMISS):
            offer(_("Restore"), ":material/undo:", partial(restore, numbers, who))
        if may(Right.EXPORT):
            _export(wanted)
        if wanted.list_view is ListView.TO_READ:
            st.button(
                _("Claim next"),
                icon=":material/skip_next:",
                shortcut="n",
                disabled=not who,
                help=name_first,
                on_click=_claim_next,
            )
        with st.popover(_("Keys"), icon=":material/keyboard:", key="keys-help"):
            st.markdown(_(KEYS))
        _show_selected(numbers, shown)
    if not who:
        st.caption(f":material/person_alert: {_(NAME_FIRST)}")
    _show_moved(who)


def _open(numbers: Sequence[int]) -> None:
    session().to_open, session().sorted_page = numbers[0], ()


def _ask(begin: Callable[[Sequence[int]], None], numbers: Sequence[int]) -> None:
    """Begin a dialog, which belongs to the page: the list is a part of it that reruns alone."""
    begin(numbers)
    session().redraw = True


def _claim_next() -> None:
    session().to_open, session().sorted_page = claim_next(), ()
    # A key waits until the whole page has answered the one before.
    session().redraw = session().to_open is None


def restore(numbers: Sequence[int], who: str) -> None:
    """Restore dismissed cases."""
    moves = attempt(Right.DISMISS, lambda: worklist().desk.restore(numbers, who))
    if moves is None:
        return
    words = [_("{cases} restored.", cases=cases(len(moves.done)))] if moves.done else []
    session().moved = Moved(" ".join([*words, *stayed(moves.stayed)]))
    clear_selection()


def _export(wanted: Filter) -> None:
    lists, who = worklist(), user()

    def csv() -> str:
        require(Right.EXPORT, who)
        text, count = as_csv(lists.ranked.every(wanted))
        # Without the search text, which may be a patient's name.
        lists.audit.note(Entry(who.name, Action.EXPORTED, details={"films": count, "view": wanted.list_view}))
        return text

    st.download_button(
        _("Export CSV"),
        csv,
        "worklist.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not who.name,
        help=_("All cases of this view that pass the filters.") if who.name else _(NAME_FIRST),
    )


def _show_selected(numbers: Sequence[int], shown: Sequence[Ranked]) -> None:
    if not numbers:
        with st.container(key="nothing-selected", width="content"):
            st.caption(_("Nothing selected"))
        return
    elsewhere = len(set(numbers) - {ranked.case.number for ranked in shown})
    words = _("{count} selected", count=written(len(numbers)))
    if elsewhere:
        words += _(", {count} of them not on this page", count=written(elsewhere))
    st.caption(words, width="content")
    st.button(
        _("Clear"), type="tertiary", icon=":material/close:", on_click=clear_selection, key="clear-selection"
    )


def _show_moved(who: str) -> None:
    moved = session().moved
    if moved is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/info: {moved.words}")
        if moved.numbers:
            st.button(_("Undo"), icon=":material/undo:", on_click=restore, args=(moved.numbers, who))
        st.button(
            _("Close"), type="tertiary", icon=":material/close:", key="close-moved", on_click=_forget_moved
        )


def _forget_moved() -> None:
    session().moved = None
