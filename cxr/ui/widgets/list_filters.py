"""Which cases the worklist shows: view, search and filters, kept while the reader looks elsewhere.

All but the search text are in the page's address, so that a bookmark keeps them; the text may be a name.
"""

from __future__ import annotations

import datetime
from typing import Literal, TypeVar

import streamlit as st

from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS
from cxr.ui.look import FLAG_ORDER
from cxr.ui.session import (
    ARRIVED,
    FLAGS,
    LIST_VIEW,
    PAGE,
    POPULATIONS,
    SEARCH,
    STATES,
    UNFOLDED,
    session,
)
from cxr.ui.widgets.times import midnight
from cxr.ui.words import N_, _, said
from cxr.worklist.case import State
from cxr.worklist.reading.filters import Filter, ListView

Choice = TypeVar("Choice")

FLAG_OF_WORD = {FLAG_WORDS[flag]: flag for flag in FLAG_ORDER}
VIEW_WORDS = {ListView.TO_READ: N_("To read"), ListView.READ: N_("Read"), ListView.DISMISSED: N_("Dismissed")}
STATE_WORDS = {State.WAITING: N_("Waiting"), State.SCORED: N_("Scored"), State.IN_READING: N_("In reading")}
POPULATION_WORDS = {
    Population.CHILD: N_("Child"),
    Population.ADULT: N_("Adult"),
    Population.UNKNOWN: N_("Not stated"),
}
ANY, HOUR, TODAY, WEEK = N_("Any time"), N_("Last hour"), N_("Today"), N_("Last 7 days")


def choose_filter(withheld: bool = False) -> Filter:
    """Let the reader choose in one row: view, search, a popover, and flags unless withheld.

    On a phone a switch folds all but the view, and the counts above; `page.css` obeys it.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        list_view: ListView = (
            st.segmented_control(
                _("View"),
                list(VIEW_WORDS),
                format_func=lambda view: _(VIEW_WORDS[view]),
                default=ListView.TO_READ,
                required=True,
                label_visibility="collapsed",
                key=LIST_VIEW,
                persist_state="session",
                bind="query-params",
                on_change=_another_view,
            )
            or ListView.TO_READ
        )
        switch = st.container(width="content", key="fold")
        text = st.text_input(
            _("Search"),
            type="search",
            placeholder=_("File, reader or #case"),
            icon=":material/search:",
            live=True,
            label_visibility="collapsed",
            key=SEARCH,
            persist_state="session",
            on_change=first_page,
            width=210,
        )
        states, populations, arrived = _more(list_view)
        flags = [] if withheld else _flags()
        with switch:
            _offer_unfolding(narrowed=bool(text or flags) or _more_in_use())
    return Filter(
        list_view=list_view,
        text=text or "",
        flags=frozenset(FLAG_OF_WORD[word] for word in flags),
        states=frozenset(states),
        populations=frozenset(populations),
        arrived_from=_since(arrived),
    )


def _offer_unfolding(narrowed: bool) -> None:
    """Offer the switch; what narrows the list is never hidden."""
    if narrowed:
        st.session_state[UNFOLDED] = True
    st.toggle(_("Search and filter"), key=UNFOLDED, persist_state="session", disabled=narrowed)


def _flags() -> list[str]:
    return st.pills(
        _("Flag"),
        list(FLAG_OF_WORD),
        format_func=said,
        selection_mode="multi",
        label_visibility="collapsed",
        key=FLAGS,
        persist_state="session",
        bind="query-params",
        on_change=first_page,
    )


def clear_filters() -> None:
    """Show the whole view again."""
    st.session_state[SEARCH], st.session_state[ARRIVED] = "", ANY
    for key in (FLAGS, STATES, POPULATIONS):
        st.session_state[key] = []
    first_page()


def show_only(flag: Flag) -> None:
    """Show all cases to read that have one flag."""
    clear_filters()
    st.session_state[FLAGS] = [FLAG_WORDS[flag]]
    show_list_view(ListView.TO_READ)


def first_page() -> None:
    """Return to the first page, because the list has changed."""
    st.session_state[PAGE] = 1


def show_list_view(list_view: ListView) -> None:
    """Go to another view with the same search and filters."""
    st.session_state[LIST_VIEW] = list_view
    _another_view()


def _another_view() -> None:
    session().selected, session().moved = set(), None
    first_page()


def _more_in_use() -> bool:
    in_use = any(st.session_state.get(key) for key in (STATES, POPULATIONS))
    return in_use or st.session_state.get(ARRIVED, ANY) != ANY


def _more(list_view: ListView) -> tuple[list[State], list[Population], str]:
    states: list[State] = []
    kind: Literal["primary", "secondary"] = "primary" if _more_in_use() else "secondary"
    with st.popover(_("Filters"), icon=":material/filter_alt:", type=kind, key="filters"):
        if list_view is ListView.TO_READ:
            states = _pills(_("State"), STATE_WORDS, STATES)
        populations = _pills(_("Age group"), POPULATION_WORDS, POPULATIONS)
        arrived = st.segmented_control(
            _("Arrived"),
            [ANY, HOUR, TODAY, WEEK],
            format_func=_,
            default=ANY,
            required=True,
            key=ARRIVED,
            persist_state="session",
            bind="query-params",
            on_change=first_page,
        )
    return states, populations, arrived or ANY


def _pills(label: str, words: dict[Choice, str], key: str) -> list[Choice]:
    """Let the reader choose any number of values, each shown as a word."""
    return st.pills(
        label,
        list(words),
        selection_mode="multi",
        format_func=lambda choice: _(words[choice]),
        key=key,
        persist_state="session",
        bind="query-params",
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
