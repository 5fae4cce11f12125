"""Page: the worklist. From top to bottom what the screen shows."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cxr.triage.flag import Flag
from cxr.ui.service import worker, worklist
from cxr.ui.widgets.add_films import add_films, films, show_batch, show_progress
from cxr.ui.widgets.attempt import failing_clearly, show_done, show_problem
from cxr.ui.widgets.case_link import CASE_PAGE, leave_case
from cxr.ui.widgets.case_table import GO_TO, show_table
from cxr.ui.widgets.film_view import LOOK, WAITING
from cxr.ui.widgets.list_filters import PAGE, SHELVES, choose_filter, clear_filters, show_list_view
from cxr.ui.widgets.notices import show_notices
from cxr.ui.widgets.raise_priority import show_raising
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.selection import show_actions
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import PAGE as PAGE_LENGTH
from cxr.worklist.reading.ranked_list import Counts, Page

# How often the list is drawn again: others take films and add some, and waiting times grow.
SCORING_SECONDS, IDLE_SECONDS = 2, 5
NOTHING = {
    ListView.TO_READ: "Every film is read. Drop more above, or look at the shelf *Read*.",
    ListView.READ: "No film is read yet. Open a case and take it.",
    ListView.DISMISSED: "No film was taken off the list.",
}


def show_list() -> None:
    """Show counts, filters and the table; this runs again every few seconds."""
    with failing_clearly():
        counts = worklist().ranked.counts()
        if bool(counts.waiting) != st.session_state.get("scoring", False):
            st.session_state["scoring"] = bool(counts.waiting)
            st.rerun()
        show_progress(counts.waiting)
        show_batch()
        show_problem()
        if not counts.to_read + counts.read + counts.dismissed:
            st.info(
                "The worklist is empty. Drop films above; they are ranked as they are scored.",
                icon=":material/inbox:",
            )
            return
        show_counts(counts)
        wanted = choose_filter()
        page = worklist().ranked.page(wanted, (st.session_state.get(PAGE, 1) - 1) * PAGE_LENGTH)
        show_actions(wanted, page.rows)
        show_page(wanted, page)
    if (number := st.session_state.pop(GO_TO, None)) is not None:
        st.switch_page(CASE_PAGE, query_params={"case": str(number)})


def show_counts(counts: Counts) -> None:
    """Show how many films there are by lane and by state; what there is none of stays grey."""
    lanes = [
        *((*LOOK[flag], counts.flags[flag]) for flag in (Flag.URGENT, Flag.REFUSED)),
        *((*LOOK[flag], counts.flags[flag]) for flag in (Flag.REVIEW, Flag.ROUTINE)),
        (*WAITING, counts.waiting),
        ("In reading", ":material/person:", "blue", counts.in_reading),
        ("Overdue", ":material/alarm:", "red", counts.overdue),
        ("Read", ":material/done_all:", "gray", counts.read),
    ]
    st.markdown(
        " ".join(
            f":{colour if count else 'gray'}-badge[{icon} {word} **{count:,}**]"
            for word, icon, colour, count in lanes
        )
    )


def show_page(wanted: Filter, page: Page) -> None:
    """Show a page of the table, which of all films it is, and the way to the other pages."""
    if not page.total:
        if wanted.shows_all:
            st.info(NOTHING[wanted.list_view], icon=":material/inbox:")
        else:
            st.info("No film is left with this search and these filters.", icon=":material/filter_alt_off:")
            with st.container(horizontal=True):
                st.button("Clear filters", on_click=clear_filters)
                show_other_views(wanted)
        return
    show_table(page.rows, wanted, page.offset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.caption(f"{page.offset + 1:,}-{page.offset + len(page.rows):,} of {films(page.total)}")
            if not wanted.shows_all:
                st.button(
                    "Clear filters", type="tertiary", icon=":material/filter_alt_off:", on_click=clear_filters
                )
        if page.total > PAGE_LENGTH:
            st.pagination(-(-page.total // PAGE_LENGTH), key=PAGE)


def show_other_views(wanted: Filter) -> None:
    """Show the way to the shelves that have films with this search and these filters."""
    for list_view, word in SHELVES.items():
        if list_view is not wanted.list_view:
            elsewhere = replace(wanted, list_view=list_view, states=frozenset())
            if total := worklist().ranked.page(elsewhere, limit=1).total:
                st.button(
                    f"{films(total)} on the shelf {word}",
                    icon=":material/arrow_forward:",
                    on_click=show_list_view,
                    args=(list_view,),
                )


leave_case()
st.title("Worklist", anchor=False)
ask_reader()
show_notices()
with failing_clearly():
    worker()
    found = worklist().ranked.counts()
add_films(expanded=not found.to_read + found.read + found.dismissed)
show_raising()
show_done()
st.fragment(show_list, run_every=SCORING_SECONDS if found.waiting else IDLE_SECONDS)()
