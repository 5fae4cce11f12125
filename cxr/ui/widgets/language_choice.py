"""The choice of the language, which the browser keeps."""

from __future__ import annotations

import streamlit as st

from cxr.language.language import Language
from cxr.ui.cookies import LANGUAGE_SCRIPT
from cxr.ui.session import LANGUAGE, session
from cxr.ui.words import _, language


def choose_language() -> None:
    """Offer the languages in the sidebar, each by its own name, and tell the browser which one it is."""
    current = language()
    with st.sidebar:
        st.selectbox(
            _("Language"),
            list(Language),
            index=list(Language).index(current),
            format_func=lambda one: one.own_name,
            icon=":material/language:",
            key=LANGUAGE,
            on_change=_choose,
        )
        kept = session().chosen_language
        st.html(
            f'<i data-tag="{current.tag}" data-kept="{kept or ""}"></i><script>{LANGUAGE_SCRIPT}</script>',
            unsafe_allow_javascript=True,
        )


def _choose() -> None:
    chosen: Language = st.session_state[LANGUAGE]
    session().language = session().chosen_language = chosen
