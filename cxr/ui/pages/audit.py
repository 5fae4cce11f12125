"""Page: the audit trail, from top to bottom as on the screen."""

from __future__ import annotations

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.session import AUDIT_PAGE, session
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.audit_words import action_words, text_words, who_words
from cxr.ui.widgets.case_link import leave_case
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.times import to_the_second
from cxr.ui.words import _, _n, said, written
from cxr.worklist.reading.filters import NUMBER_DIGITS

LENGTH = 50
FAULTS = 20
VISIBLE_ROWS, HEIGHT = 14, 528
COLUMNS = {
    "line": st.column_config.NumberColumn(_("Line"), width=64),
    "when": st.column_config.TextColumn(_("When"), width=150),
    "who": st.column_config.TextColumn(_("Who"), width=175),
    "what": st.column_config.TextColumn(_("What"), width=280),
    "case": st.column_config.TextColumn(_("Case"), width=64),
    "text": st.column_config.TextColumn(_("Note or reason"), width=205),
    "model": st.column_config.TextColumn(_("Model"), width=150),
}


def check_trail() -> None:
    """Verify the whole trail on demand, and report the outcome."""
    st.button(_("Check the trail"), icon=":material/fact_check:", type="primary", on_click=_ask_check)
    if not session().asked_check:
        st.caption(_("Finds every line that was changed, removed or inserted."))
        return
    with st.spinner(_("Checking the trail")):
        found = worklist().audit.verify()
    if found.faults:
        faults = _n("{count} fault", "{count} faults", len(found.faults))
        st.error(
            _n("{faults} in {count} line.", "{faults} in {count} lines.", found.lines, faults=faults),
            icon=":material/gpp_bad:",
        )
        st.markdown("\n".join(f"- {said(fault)}" for fault in found.faults[:FAULTS]))
        if len(found.faults) > FAULTS:
            st.caption(_("{count} more.", count=written(len(found.faults) - FAULTS)))
    else:
        st.success(
            _n(
                "{count} line is unchanged. Keep this code outside the system:",
                "All {count} lines are unchanged. Keep this code outside the system:",
                found.lines,
            ),
            icon=":material/verified:",
        )
    st.code(f"{found.lines}:{found.sha256}", language=None, wrap_lines=True)
    st.caption(
        _(
            "With this code, *cxr audit verify --expect* later detects even a trail that was rewritten "
            "as a whole."
        )
    )
    # Only now: a run that another one ends must not lose the click.
    session().asked_check = False


def choose_lines() -> tuple[int | None, str | None]:
    """Let the reader filter by case, by person, or by both."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        case = st.number_input(
            _("Case"),
            min_value=1,
            max_value=10**NUMBER_DIGITS - 1,
            value=None,
            step=1,
            placeholder=_("Any"),
            key="audit-case",
            on_change=_first_page,
            width=160,
        )
        who = st.selectbox(
            _("Person or program"),
            worklist().audit.people(),
            index=None,
            placeholder=_("Anyone"),
            key="audit-who",
            on_change=_first_page,
            width=260,
        )
    return case, who


def show_lines(case: int | None, who: str | None) -> None:
    """Show a page of lines, the latest first."""
    total = worklist().audit.count(case, who)
    if not total:
        words = _("The trail is empty.") if case is None and who is None else _("No line matches.")
        st.info(words, icon=":material/inbox:")
        return
    pages = -(-total // LENGTH)
    offset = (min(st.session_state.get(AUDIT_PAGE, 1), pages) - 1) * LENGTH
    try:
        lines = worklist().audit.lines(case, who, LENGTH, offset)
    except ValueError:
        st.error(_("A line here cannot be read: it was changed. Check the trail."), icon=":material/gpp_bad:")
        return
    st.dataframe(
        {
            "line": [line.number for line in lines],
            "when": [to_the_second(line.at) for line in lines],
            "who": [who_words(line) for line in lines],
            "what": [action_words(line) for line in lines],
            "case": [f"#{line.case}" if line.case else "" for line in lines],
            "text": [text_words(line) for line in lines],
            "model": [line.model or "" for line in lines],
        },
        hide_index=True,
        height="content" if len(lines) <= VISIBLE_ROWS else HEIGHT,
        column_config=COLUMNS,
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(
            _n(
                "{first}–{last} of {count} line",
                "{first}–{last} of {count} lines",
                total,
                first=written(offset + 1),
                last=written(offset + len(lines)),
            )
        )
        if pages > 1:
            st.pagination(pages, key=AUDIT_PAGE)


def _ask_check() -> None:
    session().asked_check = True


def _first_page() -> None:
    st.session_state[AUDIT_PAGE] = 1


leave_case()
show_head(_("Audit"))
ask_reader()
show_notices()
with stopping_on_errors():
    check_trail()
    show_lines(*choose_lines())
