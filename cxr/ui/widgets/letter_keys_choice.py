"""The choice whether keys of one character act, which the browser keeps (WCAG 2.1.4)."""

from __future__ import annotations

import streamlit as st

from cxr.ui.letter_keys import COOKIE, LETTER_KEYS_SCRIPT, OFF
from cxr.ui.session import LETTER_KEYS
from cxr.ui.words import _


def choose_letter_keys() -> None:
    """Offer in the sidebar to switch off the keys of one character, and tell the browser."""
    if LETTER_KEYS not in st.session_state:
        st.session_state[LETTER_KEYS] = st.context.cookies.get(COOKIE) != OFF
    with st.sidebar:
        on = st.toggle(
            _("Single-character keys"),
            key=LETTER_KEYS,
            help=_("Turn off if speech input presses letters by itself. Tab, Enter and arrows stay."),
        )
        st.html(
            f'<i data-keys="{"on" if on else OFF}"></i><script>{LETTER_KEYS_SCRIPT}</script>',
            unsafe_allow_javascript=True,
        )
