"""Page: the worklist, from top to bottom as on the screen."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cxr.triage.words import FLAG_WORDS
from cxr.ui.escape import literal
from cxr.ui.look import BADGE_COLOURS, FLAG_ICONS, FLAG_ORDER, BadgeColour, badge
from cxr.ui.service import worker, worklist
from cxr.ui.session import PAGE, drawn_with_page, session
from cxr.ui.styles import show_refused_files
from cxr.ui.widgets.add_films import add_films, show_import, show_progress
from cxr.ui.widgets.attempt import show_done, show_problem, stopping_on_errors
from cxr.ui.widgets.case_link import CASE_PAGE, leave_case
from cxr.ui.widgets.case_table import show_table
from cxr.ui.widgets.counted import cases
from cxr.ui.widgets.dismiss_dialog import show_dismissing
from cxr.ui.widgets.list_filters import VIEW_WORDS, choose_filter, clear_filters, show_list_view
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.raise_priority import show_raising
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.selection import show_actions
from cxr.ui.words import _, said, written
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Counts, Page
from cxr.worklist.reading.ranked_list import PAGE as PAGE_LENGTH

# How often the list is refreshed: others claim and add cases, and waiting times grow.
SCORING_SECONDS, IDLE_SECONDS = 2, 5
EMPTY = {
    ListView.TO_READ: _("Everything is read. Add films above, or look at the view *Read*."),
    ListView.READ: _("Nothing is read yet. Open a case and claim it."),
    ListView.DISMISSED: _("No case is dismissed."),
}


def show_list(drawn: Counts) -> None:
    """Show counts, filters and the table; this reruns every few seconds."""
    if (number := session().to_open) is not None:
        # Before anything is drawn: the list would be drawn once more, and then the case.
        session().to_open = None
        st.switch_page(CASE_PAGE, query_params={"case": str(number)})
    if session().redraw:
        session().redraw = False
        st.rerun()
    with stopping_on_errors():
        counts = drawn if drawn_with_page() else worklist().ranked.counts()
        if bool(counts.waiting) != session().scoring:
            session().scoring = bool(counts.waiting)
            st.rerun()
        show_progress(counts.waiting)
        show_import()
        show_problem()
        if _is_empty(counts):
            st.info(_("The worklist is empty. Add films above."), icon=":material/inbox:")
            return
        show_counts(counts)
        wanted = session().wanted = choose_filter(withheld=counts.withheld)
        page = worklist().ranked.page(wanted, (st.session_state.get(PAGE, 1) - 1) * PAGE_LENGTH)
        show_actions(wanted, page.rows)
        show_page(wanted, page)
    if session().done:
        # The page shows it, of which this is a part.
        st.rerun()


def show_counts(counts: Counts) -> None:
    """Show how many cases there are by flag, unless flags are withheld, and by state; zero is grey."""
    flags = () if counts.withheld else tuple(flag for flag in FLAG_ORDER if flag)
    to_read: list[tuple[str, str, BadgeColour, int]] = [
        (_("To read"), ":material/inbox:", "blue", counts.to_read)
    ]
    badges: list[tuple[str, str, BadgeColour, int]] = [
        *(to_read if counts.withheld else []),
        *(
            (said(FLAG_WORDS[flag]), FLAG_ICONS[flag], BADGE_COLOURS[flag], counts.flags[flag])
            for flag in flags
        ),
        (said(FLAG_WORDS[None]), FLAG_ICONS[None], BADGE_COLOURS[None], counts.waiting),
        (_("In reading"), ":material/person:", "blue", counts.in_reading),
        (_("Overdue"), ":material/alarm:", "red", counts.overdue),
        (_("Read"), ":material/done_all:", "gray", counts.read),
    ]
    words = " ".join(
        badge(colour if count else "gray", icon, f"{word} **{written(count)}**")
        for word, icon, colour, count in badges
    )
    with st.container(key="counts"):
        st.markdown(words)


def show_page(wanted: Filter, page: Page) -> None:
    """Show a page of the table, which cases it holds, and links to the other pages."""
    if not page.total:
        if wanted.shows_all:
            st.info(EMPTY[wanted.list_view], icon=":material/inbox:")
            return
        st.info(_("No case matches this search and these filters."), icon=":material/filter_alt_off:")
        with st.container(horizontal=True):
            st.button(_("Clear filters"), on_click=clear_filters)
            show_other_views(wanted)
        return
    show_table(page.rows, wanted, page.offset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.caption(
                _(
                    "{first}–{last} of {total}",
                    first=written(page.offset + 1),
                    last=written(page.offset + len(page.rows)),
                    total=cases(page.total),
                )
            )
            if not wanted.shows_all:
                st.button(
                    _("Clear filters"),
                    type="tertiary",
                    icon=":material/filter_alt_off:",
                    on_click=clear_filters,
                )
        if page.total > PAGE_LENGTH:
            st.pagination(-(-page.total // PAGE_LENGTH), key=PAGE)


def show_other_views(wanted: Filter) -> None:
    """Offer the other views that have matches for this search and these filters."""
    for list_view, word in VIEW_WORDS.items():
        if list_view is not wanted.list_view:
            elsewhere = replace(wanted, list_view=list_view, states=frozenset())
            if total := worklist().ranked.page(elsewhere, limit=1).total:
                st.button(
                    _("{cases} in {view}", cases=cases(total), view=_(word)),
                    icon=":material/arrow_forward:",
                    on_click=show_list_view,
                    args=(list_view,),
                )


def _is_empty(counts: Counts) -> bool:
    return not counts.to_read + counts.read + counts.dismissed


leave_case()
show_head(_("Worklist"))
ask_reader()
show_notices()
with stopping_on_errors():
    worker()
    found = worklist().ranked.counts()
if notice := worklist().notice:
    st.warning(literal(said(notice)), icon=":material/database:")
add_films(expanded=_is_empty(found))
show_refused_files()
show_raising()
show_dismissing()
show_done()
st.fragment(show_list, run_every=SCORING_SECONDS if found.waiting else IDLE_SECONDS)(found)
