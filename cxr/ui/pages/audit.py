"""Page: the audit trail, from top to bottom as on the screen."""

from __future__ import annotations

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.session import AUDIT_PAGE
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.audit_words import action_words
from cxr.ui.widgets.case_link import NUMBER_DIGITS, leave_case
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.times import to_the_second

LENGTH = 50
FAULTS = 20
ROW_HEIGHT, VISIBLE_ROWS = 35, 14
COLUMNS = {
    "line": st.column_config.NumberColumn("Line", width=64),
    "when": st.column_config.TextColumn("When", width=150),
    "who": st.column_config.TextColumn("Who", width=180),
    "what": st.column_config.TextColumn("What", width=330),
    "case": st.column_config.TextColumn("Case", width=64),
    "text": st.column_config.TextColumn("Note or reason", width=260),
    "model": st.column_config.TextColumn("Model", width=150),
}


def check_trail() -> None:
    """Verify the whole trail on demand, and report the outcome."""
    if not st.button("Check the trail", icon=":material/fact_check:", type="primary"):
        st.caption("Finds every line that was changed, removed or inserted.")
        return
    with st.spinner("Checking the trail"):
        found = worklist().audit.verify()
    if found.faults:
        faults = "1 fault" if len(found.faults) == 1 else f"{len(found.faults):,} faults"
        st.error(f"{faults} in {found.lines:,} lines.", icon=":material/gpp_bad:")
        st.markdown("\n".join(f"- {fault}" for fault in found.faults[:FAULTS]))
        if len(found.faults) > FAULTS:
            st.caption(f"{len(found.faults) - FAULTS:,} more.")
    else:
        st.success(
            f"All {found.lines:,} lines are unchanged. Keep this code outside the system:",
            icon=":material/verified:",
        )
    st.code(f"{found.lines}:{found.sha256}", language=None, wrap_lines=True)
    st.caption(
        "Given it, *cxr audit verify --expect* later reveals even a trail that was rewritten as a whole."
    )


def choose_lines() -> tuple[int | None, str | None]:
    """Let the reader filter by case, by person, or by both."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        case = st.number_input(
            "Case",
            min_value=1,
            max_value=10**NUMBER_DIGITS - 1,
            value=None,
            step=1,
            placeholder="Any",
            key="audit-case",
            on_change=_first_page,
            width=160,
        )
        who = st.selectbox(
            "Person or program",
            worklist().audit.people(),
            index=None,
            placeholder="Anyone",
            key="audit-who",
            on_change=_first_page,
            width=260,
        )
    return case, who


def show_lines(case: int | None, who: str | None) -> None:
    """Show a page of lines, the latest first."""
    total = worklist().audit.count(case, who)
    if not total:
        words = "The trail is empty." if case is None and who is None else "No line matches."
        st.info(words, icon=":material/inbox:")
        return
    pages = -(-total // LENGTH)
    offset = (min(st.session_state.get(AUDIT_PAGE, 1), pages) - 1) * LENGTH
    try:
        lines = worklist().audit.lines(case, who, LENGTH, offset)
    except ValueError:
        st.error("A line here cannot be read: it was changed. Check the trail.", icon=":material/gpp_bad:")
        return
    st.dataframe(
        {
            "line": [line.number for line in lines],
            "when": [to_the_second(line.at) for line in lines],
            "who": [line.who for line in lines],
            "what": [action_words(line) for line in lines],
            "case": [f"#{line.case}" if line.case else "" for line in lines],
            "text": [line.text or "" for line in lines],
            "model": [line.model or "" for line in lines],
        },
        hide_index=True,
        height=(min(len(lines), VISIBLE_ROWS) + 1) * ROW_HEIGHT + 3,
        column_config=COLUMNS,
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{offset + 1:,}–{offset + len(lines):,} of {total:,} lines")
        if pages > 1:
            st.pagination(pages, key=AUDIT_PAGE)


def _first_page() -> None:
    st.session_state[AUDIT_PAGE] = 1


leave_case()
show_head("Audit")
ask_reader()
show_notices()
with stopping_on_errors():
    check_trail()
    show_lines(*choose_lines())
