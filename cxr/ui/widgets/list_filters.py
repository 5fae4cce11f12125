"""What of the worklist is looked at: shelf, search and filters, kept while the reader looks elsewhere."""

from __future__ import annotations

import datetime
from typing import TypeVar

import streamlit as st

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.ui.widgets.film_view import LOOK, WAITING
from cxr.ui.widgets.times import midnight
from cxr.worklist.case import State
from cxr.worklist.reading.filters import Filter, ListView

Choice = TypeVar("Choice")

PAGE = "page"
SELECTED = "selected"
"""Where the session keeps the numbers of the selected cases."""
MOVED = "moved"
"""Where it keeps what was last taken off or brought back: the words, and the numbers to undo."""
FLAGS = {LOOK[flag][0]: flag for flag in (Flag.URGENT, Flag.REFUSED, Flag.REVIEW, Flag.ROUTINE)} | {
    WAITING[0]: None
}
SHELVES = {ListView.TO_READ: "To read", ListView.READ: "Read", ListView.DISMISSED: "Taken off"}
STATES = {State.WAITING: "Waiting", State.SCORED: "Scored", State.IN_READING: "In reading"}
POPULATIONS = {Population.CHILD: "Child", Population.ADULT: "Adult", Population.UNKNOWN: "Not known"}
ANY, HOUR, TODAY, WEEK = "Any time", "Last hour", "Today", "Last 7 days"
KEYS = ("search", "flags", "states", "populations", "arrived")


def choose_filter() -> Filter:
    """Let the reader choose, in one line: shelf, search, flags, and the rest behind a button."""
    with st.container(horizontal=True, vertical_alignment="center"):
        list_view: ListView | None = st.segmented_control(
            "Shelf",
            list(SHELVES),
            format_func=SHELVES.__getitem__,
            default=ListView.TO_READ,
            required=True,
            label_visibility="collapsed",
            key="shelf",
            persist_state="session",
            on_change=_other_shelf,
        )
        text = st.text_input(
            "Search",
            type="search",
            placeholder="Name, reader or #case",
            icon=":material/search:",
            live=True,
            label_visibility="collapsed",
            key="search",
            persist_state="session",
            on_change=first_page,
            width=210,
        )
        flags = st.pills(
            "Flag",
            list(FLAGS),
            selection_mode="multi",
            label_visibility="collapsed",
            key="flags",
            persist_state="session",
            on_change=first_page,
        )
        states, populations, arrived = _more(list_view or ListView.TO_READ)
    return Filter(
        list_view=list_view or ListView.TO_READ,
        text=text or "",
        flags=frozenset(FLAGS[word] for word in flags),
        states=frozenset(states),
        populations=frozenset(populations),
        arrived_from=_since(arrived),
    )


def clear_filters() -> None:
    """Show the whole shelf again."""
    for key in KEYS:
        st.session_state.pop(key, None)
    st.session_state["search"], st.session_state["arrived"] = "", ANY
    for key in ("flags", "states", "populations"):
        st.session_state[key] = []
    first_page()


def first_page() -> None:
    """Go back to the first page: the list is another one now."""
    st.session_state[PAGE] = 1


def show_list_view(list_view: ListView) -> None:
    """Look at another shelf, with the same search and filters."""
    st.session_state["shelf"] = list_view
    _other_shelf()


def _other_shelf() -> None:
    for key in (SELECTED, MOVED):
        st.session_state.pop(key, None)
    first_page()


def _more(list_view: ListView) -> tuple[list[State], list[Population], str]:
    states: list[State] = []
    chosen = [key for key in ("states", "populations") if st.session_state.get(key)]
    set_here = len(chosen) + (st.session_state.get("arrived", ANY) != ANY)
    with st.popover("Filters", icon=":material/filter_alt:", type="primary" if set_here else "secondary"):
        if list_view is ListView.TO_READ:
            states = _pills("State", STATES, "states")
        populations = _pills("Patient", POPULATIONS, "populations")
        arrived = st.segmented_control(
            "Arrived",
            [ANY, HOUR, TODAY, WEEK],
            default=ANY,
            required=True,
            key="arrived",
            persist_state="session",
            on_change=first_page,
        )
    return states, populations, arrived or ANY


def _pills(label: str, words: dict[Choice, str], key: str) -> list[Choice]:
    """Let the reader choose some of several, each shown by its word."""
    return st.pills(
        label,
        list(words),
        selection_mode="multi",
        format_func=words.__getitem__,
        key=key,
        persist_state="session",
        on_change=first_page,
    )


def _since(arrived: str) -> datetime.datetime | None:
    now = datetime.datetime.now(datetime.UTC)
    return {
        ANY: None,
        HOUR: now - datetime.timedelta(hours=1),
        TODAY: midnight(),
        WEEK: now - datetime.timedelta(days=7),
    }[arrived]
