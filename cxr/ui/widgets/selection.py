"""What can be done with the selected cases, and with the whole list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.widgets.add_films import films
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.case_table import GO_TO, redraw, selected
from cxr.ui.widgets.list_filters import MOVED, SELECTED
from cxr.ui.widgets.raise_priority import begin_raising
from cxr.ui.widgets.reader import WHO_FIRST, reader
from cxr.worklist.audit.trail import Action, Entry
from cxr.worklist.reading.export import as_csv
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import Ranked


def show_actions(wanted: Filter, shown: Sequence[Ranked]) -> None:
    """Show buttons for what can be done; they stay in their places whatever is selected."""
    numbers = sorted(selected())
    who = reader()
    unable = not numbers or not who
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open", icon=":material/open_in_full:", disabled=len(numbers) != 1):
            st.session_state[GO_TO] = numbers[0]
        if wanted.list_view is ListView.TO_READ:
            _act("Take off", ":material/remove_circle:", dismiss, numbers, who)
            if st.button(
                "Raise priority", icon=":material/arrow_upward:", disabled=unable, help=_who_first(who)
            ):
                begin_raising(numbers)
                st.rerun()
        if wanted.list_view is ListView.DISMISSED:
            _act("Bring back", ":material/undo:", restore, numbers, who)
        _export(wanted, who)
        _show_selected(numbers, shown)
    if not who:
        st.caption(f":material/person_alert: {WHO_FIRST}")
    _show_moved(who)


def dismiss(numbers: Sequence[int], who: str) -> None:
    """Take cases off the list, and keep how to undo it."""
    count = attempt(lambda: worklist().desk.dismiss(numbers, who))
    if count is None:
        return
    redraw()
    words = f"{films(count)} taken off."
    if stay := len(numbers) - count:
        words += f" {films(stay)} stayed: a reader has {'it' if stay == 1 else 'them'}."
    st.session_state[MOVED] = words, tuple(numbers) if count else ()
    st.session_state[SELECTED] = set()


def restore(numbers: Sequence[int], who: str) -> None:
    """Put cases on the list again."""
    count = attempt(lambda: worklist().desk.restore(numbers, who))
    if count is None:
        return
    redraw()
    words = [f"{films(count)} on the list again."] if count else []
    if stay := len(numbers) - count:
        words.append(f"{films(stay)} stayed off: the pixels are no longer kept. Hand the film in again.")
    st.session_state[MOVED] = " ".join(words), ()
    st.session_state[SELECTED] = set()


def _act(
    label: str, icon: str, change: Callable[[Sequence[int], str], None], numbers: Sequence[int], who: str
) -> None:
    """Offer a change to the selected cases; without a selection or a name it waits, and says for what."""
    st.button(
        label,
        icon=icon,
        disabled=not numbers or not who,
        help=_who_first(who),
        on_click=change,
        args=(numbers, who),
    )


def _export(wanted: Filter, who: str) -> None:
    lists = worklist()

    def csv() -> str:
        text, count = as_csv(lists.ranked.every(wanted))
        # Not what was searched for: it may be a patient's name.
        lists.audit.note(Entry(who, Action.EXPORTED, details={"films": count, "shelf": wanted.list_view}))
        return text

    st.download_button(
        "Export CSV",
        csv,
        "worklist.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not who,
        help=_who_first(who) or "All films of this shelf that the filters let through.",
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
    st.session_state[SELECTED] = set()


def _show_moved(who: str) -> None:
    words, numbers = st.session_state.get(MOVED, ("", ()))
    if not words:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/info: {words}")
        if numbers:
            st.button("Undo", icon=":material/undo:", on_click=restore, args=(numbers, who))
        st.button(
            "Close",
            type="tertiary",
            icon=":material/close:",
            key="close-moved",
            on_click=lambda: st.session_state.pop(MOVED, None),
        )


def _who_first(who: str) -> str | None:
    return None if who else WHO_FIRST
