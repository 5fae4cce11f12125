"""Who sits at the screen: for now a name chosen in the sidebar."""

from __future__ import annotations

from urllib.parse import quote, unquote

import streamlit as st

from cxr.film.printable import printable
from cxr.ui.service import worklist
from cxr.worklist.audit.trail import Action
from cxr.worklist.reading.desk import READER_LENGTH
from cxr.worklist.store.database import WorklistError

READER = "reader"
UNNAMED = "unnamed"
"""Stands in the audit trail for whoever gave no name."""
COOKIE = "cxr_reader"
_ASKED, _WRITTEN = "reader-asked", "reader-written"
WHO_FIRST = "Say in the sidebar who reads (» at the top left opens it), then this works."
SUGGESTIONS_SECONDS = 60


def reader() -> str:
    """Name of whoever reads here, empty while nobody said it. Sign-in will answer in this place."""
    name: str = st.session_state.get(READER, "")
    return name


def ask_reader() -> None:
    """Ask in the sidebar who reads, and keep the answer for all pages of this session."""
    known = reader() or _remembered()
    names = sorted({*_suggestions(), *([known] if known else [])}, key=str.casefold)
    with st.sidebar:
        said = st.selectbox(
            "Who reads",
            names,
            index=names.index(known) if known else None,
            accept_new_options=True,
            placeholder="Choose or type a name",
            icon=":material/person:",
            key="who-reads",
            help="Stands beside all that you do, for the others to see. Choose your name, or type a new one.",
        )
        name = _as_one_line(said or "")
        if len(name) > READER_LENGTH:
            st.error(f"This name has {len(name)} signs. Shorten it to {READER_LENGTH}.")
            name = ""
    st.session_state[READER] = name
    _remember(name)


def _remembered() -> str:
    """Name that was said in this browser before the page was loaded anew; once for each session."""
    if st.session_state.setdefault(_ASKED, False):
        return ""
    st.session_state[_ASKED] = True
    return _as_one_line(unquote(st.context.cookies.get(COOKIE, "")))[:READER_LENGTH]


def _remember(name: str) -> None:
    """Let the browser keep the name until it is closed: a page that is loaded anew still knows it."""
    if st.session_state.get(_WRITTEN) == name:
        return
    st.session_state[_WRITTEN] = name
    # Quoted to letters, digits and per cent signs: nothing that a script could stumble over.
    with st.sidebar:
        st.html(
            f"<script>document.cookie = '{COOKIE}={quote(name, safe='')}; path=/; SameSite=Strict'</script>",
            unsafe_allow_javascript=True,
        )


def _suggestions() -> list[str]:
    """Names used before; none where the worklist cannot be read, which the page itself tells."""
    try:
        return _readers()
    except WorklistError:
        return []


@st.cache_data(ttl=SUGGESTIONS_SECONDS, show_spinner=False)
def _readers() -> list[str]:
    return worklist().audit.people(Action.CLAIMED)


def _as_one_line(name: str) -> str:
    return " ".join(printable(name).split())
