"""Page: the audit trail. From top to bottom what the screen shows."""

from __future__ import annotations

import streamlit as st

from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import failing_clearly
from cxr.ui.widgets.audit_words import did
from cxr.ui.widgets.case_link import LONGEST, leave_case
from cxr.ui.widgets.notices import show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.times import exactly
from cxr.worklist.audit.trail import Line

PAGE, LENGTH = "audit-page", 50
FAULTS = 20
ROW_HEIGHT = 35
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
    """Go through the whole trail on demand, and tell the outcome."""
    if not st.button("Check the trail", icon=":material/fact_check:", type="primary"):
        st.caption("Goes through every line and tells each that was changed, is missing or was put in.")
        return
    with st.spinner("Going through the trail"):
        found = worklist().audit.verify()
    if found.faults:
        faults = "1 fault" if len(found.faults) == 1 else f"{len(found.faults):,} faults"
        st.error(f"{faults} in {found.lines:,} lines.", icon=":material/gpp_bad:")
        st.markdown("\n".join(f"- {fault}" for fault in found.faults[:FAULTS]))
        if len(found.faults) > FAULTS:
            st.caption(f"{len(found.faults) - FAULTS:,} more.")
    else:
        st.success(
            f"All {found.lines:,} lines are as they were written. Keep this elsewhere:",
            icon=":material/verified:",
        )
    st.code(f"{found.lines}:{found.sha256}", language=None, wrap_lines=True)
    st.caption(
        "Give it to `audit verify --expect` later: then also a trail that was written anew is noticed."
    )


def choose_lines() -> tuple[int | None, str | None]:
    """Let the reader choose a case or a person, or both."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        case = st.number_input(
            "Case",
            min_value=1,
            max_value=10**LONGEST - 1,
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
            placeholder="Anybody",
            key="audit-who",
            on_change=_first_page,
            width=260,
        )
    return case, who


def show_lines(case: int | None, who: str | None) -> None:
    """Show a page of the lines, the last one first."""
    total = worklist().audit.count(case, who)
    if not total:
        st.info(
            "Nothing is written down yet." if case is None and who is None else "No line is left with this.",
            icon=":material/inbox:",
        )
        return
    pages = -(-total // LENGTH)
    offset = (min(st.session_state.get(PAGE, 1), pages) - 1) * LENGTH
    try:
        lines = worklist().audit.lines(case, who, LENGTH, offset)
        cells = {name: [_cell(name, line) for line in lines] for name in COLUMNS}
    except ValueError:
        st.error("A line here cannot be read: it was changed. Check the trail.", icon=":material/gpp_bad:")
        return
    st.dataframe(
        cells,
        hide_index=True,
        height=(max(len(lines), 1) + 1) * ROW_HEIGHT + 3 if len(lines) < 14 else 15 * ROW_HEIGHT,
        column_config=COLUMNS,
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{offset + 1:,}-{offset + len(lines):,} of {total:,} lines")
        if pages > 1:
            st.pagination(pages, key=PAGE)


def _cell(name: str, line: Line) -> object:
    return {
        "line": line.number,
        "when": exactly(line.at),
        "who": line.who,
        "what": did(line),
        "case": f"#{line.case}" if line.case else "",
        "text": line.text or "",
        "model": line.model or "",
    }[name]


def _first_page() -> None:
    st.session_state[PAGE] = 1


leave_case()
st.title("Audit", anchor=False)
ask_reader()
show_notices()
with failing_clearly():
    check_trail()
    show_lines(*choose_lines())
