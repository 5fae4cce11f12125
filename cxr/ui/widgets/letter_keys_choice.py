"""The choice whether keys of one character act, which the browser keeps (WCAG 2.1.4)."""

from __future__ import annotations

import streamlit as st

from cxr.ui.cookies import KEYS_COOKIE, KEYS_OFF, KEYS_SCRIPT
from cxr.ui.session import LETTER_KEYS, session
from cxr.ui.words import _


def choose_letter_keys() -> None:
    """Offer in the sidebar to switch off the keys of one character, and tell the browser."""
    kept = session()
    if kept.letter_keys is None:
        kept.letter_keys = st.context.cookies.get(KEYS_COOKIE) != KEYS_OFF
    with st.sidebar:
        st.toggle(
            _("Single-character keys"),
            kept.letter_keys,
            key=LETTER_KEYS,
            help=_("Switch off if speech input presses letters by itself. Tab, Enter and arrows stay."),
            on_change=_choose,
        )
        st.html(
            f'<i data-keys="{"on" if kept.letter_keys else KEYS_OFF}"></i><script>{KEYS_SCRIPT}</script>',
            unsafe_allow_javascript=True,
        )


def _choose() -> None:
    session().letter_keys = st.session_state[LETTER_KEYS]
