"""What can be done with the selected cases, and with the whole list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cxr.access.rights import Right
from cxr.ui.rights import may, require, user
from cxr.ui.service import worklist
from cxr.ui.session import Moved, session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.counted import cases
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import NAME_FIRST, reader
from cxr.worklist.audit.trail import Action, Entry
from cxr.worklist.reading.export import as_csv
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Ranked


def show_actions(wanted: Filter, shown: Sequence[Ranked]) -> None:
    """Show a button for each action; they keep their places whatever is selected."""
    numbers, who = sorted(session().selected), reader()
    unable, name_first = not numbers or not who, None if who else NAME_FIRST

    def act(label: str, icon: str, change: Callable[..., None], *arguments: object) -> None:
        st.button(label, icon=icon, disabled=unable, help=name_first, on_click=change, args=arguments)

    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open", icon=":material/open_in_full:", disabled=len(numbers) != 1):
            session().to_open = numbers[0]
        if wanted.list_view is ListView.TO_READ and may(Right.DISMISS):
            act("Dismiss", ":material/remove_circle:", dismiss, numbers, who)
        if (
            wanted.list_view is ListView.TO_READ
            and may(Right.RAISE)
            and st.button("Raise priority", icon=":material/arrow_upward:", disabled=unable, help=name_first)
        ):
            begin_raising(numbers)
            st.rerun()
        if wanted.list_view is ListView.DISMISSED and may(Right.DISMISS):
            act("Restore", ":material/undo:", restore, numbers, who)
        if may(Right.EXPORT):
            _export(wanted)
        _show_selected(numbers, shown)
    if not who:
        st.caption(f":material/person_alert: {NAME_FIRST}")
    _show_moved(who)


def dismiss(numbers: Sequence[int], who: str) -> None:
    """Dismiss cases, and remember how to undo it."""
    count = attempt(Right.DISMISS, lambda: worklist().desk.dismiss(numbers, who))
    if count is None:
        return
    words = f"{cases(count)} dismissed."
    if stay := len(numbers) - count:
        words += f" {cases(stay)} stayed, because {'it is' if stay == 1 else 'they are'} being read."
    _moved(words, numbers if count else ())


def restore(numbers: Sequence[int], who: str) -> None:
    """Restore dismissed cases."""
    count = attempt(Right.DISMISS, lambda: worklist().desk.restore(numbers, who))
    if count is None:
        return
    words = [f"{cases(count)} restored."] if count else []
    if stay := len(numbers) - count:
        words.append(f"{cases(stay)} stayed dismissed: the pixels are no longer stored. Add the film again.")
    _moved(" ".join(words))


def _moved(words: str, numbers: Sequence[int] = ()) -> None:
    # A new table: the browser would keep the selected rows of the old one.
    session().tables += 1
    session().selected, session().moved = set(), Moved(words, tuple(numbers))


def _export(wanted: Filter) -> None:
    lists, who = worklist(), user()

    def csv() -> str:
        require(Right.EXPORT, who)
        text, count = as_csv(lists.ranked.every(wanted))
        # Without the search text, which may be a patient's name.
        lists.audit.note(Entry(who.name, Action.EXPORTED, details={"films": count, "view": wanted.list_view}))
        return text

    st.download_button(
        "Export CSV",
        csv,
        "worklist.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not who.name,
        help="All cases of this view that pass the filters." if who.name else NAME_FIRST,
    )


def _show_selected(numbers: Sequence[int], shown: Sequence[Ranked]) -> None:
    if not numbers:
        st.caption("Nothing selected", width="content")
        return
    elsewhere = len(set(numbers) - {ranked.case.number for ranked in shown})
    words = f"{len(numbers):,} selected"
    if elsewhere:
        words += f", {elsewhere:,} of them not on this page"
    st.caption(words, width="content")
    st.button("Clear", type="tertiary", icon=":material/close:", on_click=_clear, key="clear-selection")


def _clear() -> None:
    session().selected = set()


def _show_moved(who: str) -> None:
    moved = session().moved
    if moved is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/info: {moved.words}")
        if moved.numbers:
            st.button("Undo", icon=":material/undo:", on_click=restore, args=(moved.numbers, who))
        st.button(
            "Close", type="tertiary", icon=":material/close:", key="close-moved", on_click=_forget_moved
        )


def _forget_moved() -> None:
    session().moved = None
