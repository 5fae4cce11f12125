"""Who sits at the screen: for now a name chosen in the sidebar."""

from __future__ import annotations

import streamlit as st

from cxr.ui.service import worklist
from cxr.worklist.audit import Action
from cxr.worklist.database import WorklistError
from cxr.worklist.desk import READER_LENGTH

READER = "reader"
UNNAMED = "unnamed"
"""Stands in the audit trail for whoever gave no name."""
WHO_FIRST = "Say in the sidebar who reads, then this works."
SUGGESTIONS_SECONDS = 60


def reader() -> str:
    """Name of whoever reads here, empty while nobody said it. Sign-in will answer in this place."""
    name: str = st.session_state.get(READER, "")
    return name


def ask_reader() -> None:
    """Ask in the sidebar who reads, and keep the answer for all pages of this session."""
    known = reader()
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


def _suggestions() -> list[str]:
    """Names used before; none where the worklist cannot be read, which the page itself tells."""
    try:
        return _readers()
    except WorklistError:
        return []


@st.cache_data(ttl=SUGGESTIONS_SECONDS, show_spinner=False)
def _readers() -> list[str]:
    return worklist().audit.people(Action.TOOK)


def _as_one_line(name: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
