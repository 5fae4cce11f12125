"""Who reads: whoever is signed in; without sign-in, a name chosen in the sidebar."""

from __future__ import annotations

from urllib.parse import quote, unquote

import streamlit as st

from cxr.ui.cookies import READER_COOKIE, READER_SCRIPT
from cxr.ui.escape import one_line
from cxr.ui.rights import signs_in, user
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.words import N_, _
from cxr.worklist.audit.action import Action
from cxr.worklist.reading.desk import READER_LENGTH
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import WorklistError

UNNAMED = N_("unnamed")
"""Recorded in the audit trail for anyone who gave no name."""
NAME_FIRST = N_("Choose a reader name in the sidebar first.")
SUGGESTIONS_SECONDS = 60


def reader() -> str:
    """Return the reader's name; without sign-in it is empty until one is chosen."""
    return user().name


def recorded_name() -> str:
    """Return the name under which the reader is recorded, also where none was given."""
    return reader() or UNNAMED


def named_reader() -> str:
    """Return the reader's name; raises `NotPossibleError` until one is chosen."""
    if not reader():
        raise NotPossibleError(_(NAME_FIRST))
    return reader()


def ask_reader() -> None:
    """Without sign-in, ask for the reader's name in the sidebar, and keep it for this session."""
    if signs_in():
        return
    known = reader() or _from_cookie()
    names = sorted({*_suggestions(), *([known] if known else [])}, key=str.casefold)
    with st.sidebar:
        chosen = st.selectbox(
            _("Reader"),
            names,
            index=names.index(known) if known else None,
            accept_new_options=True,
            placeholder=_("Choose or type a name"),
            icon=":material/person:",
            key="reader-name",
            help=_("Others see this name beside everything you do. Choose yours, or type a new one."),
        )
        name = one_line(chosen or "")
        if len(name) > READER_LENGTH:
            st.error(
                _(
                    "This name is {count} characters long. Shorten it to {most}.",
                    count=len(name),
                    most=READER_LENGTH,
                )
            )
            name = ""
    session().reader = name
    _keep_in_cookie(name)


def _from_cookie() -> str:
    """Return the name that this browser kept over a reload of the page; asked once a session."""
    if session().cookie is not None:
        return ""
    name = one_line(unquote(st.context.cookies.get(READER_COOKIE, "")))[:READER_LENGTH]
    session().cookie = ""
    return name


def _keep_in_cookie(name: str) -> None:
    """Let the browser keep the name until it is closed, so that a reloaded page still knows it."""
    if session().cookie == name:
        return
    session().cookie = name
    # Quoting leaves only letters, digits and per cent signs: nothing can break out of the attribute.
    with st.sidebar:
        st.html(
            f'<span data-reader="{quote(name, safe="")}"></span><script>{READER_SCRIPT}</script>',
            unsafe_allow_javascript=True,
        )


def _suggestions() -> list[str]:
    """Names used before; none if the worklist cannot be read, which the page itself reports."""
    try:
        return _readers()
    except WorklistError:
        return []


@st.cache_data(ttl=SUGGESTIONS_SECONDS, show_spinner=False)
def _readers() -> list[str]:
    return worklist().audit.people(Action.CLAIMED)
