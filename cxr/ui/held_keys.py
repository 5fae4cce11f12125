"""What every page does unseen: no key is lost, Back leads to the list, the uploader speaks the language."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from cxr.ui.styles import CLIENT, show_uploader_words

# Always the same texts, so that the Content-Security-Policy can name them by their hashes. The script of a
# component would be there only after the first page.
HELD_KEYS_SCRIPT, STEPS_SCRIPT = (
    (CLIENT / name).read_text(encoding="utf-8") for name in ("held_keys.js", "history_steps.js")
)
STEPS = "steps"
"""Key of the container whose buttons lead from case to case."""


@contextmanager
def holding_keys() -> Iterator[None]:
    """Hold keys until the page drawn here can act on them.

    Two marks tell how far a page is: one is set when its drawing begins, one when it has ended without a key
    in between and without leading to another page. A refresh of a part changes neither.
    """
    began = time.time_ns() // 1_000_000
    with st.container(key="held-keys"):
        for script in (HELD_KEYS_SCRIPT, STEPS_SCRIPT):
            st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
        st.html(f'<i data-page-began="{began}"></i>')
        show_uploader_words()
        ended = st.empty()
    mark = f'<i data-page-ended="{began}"></i>'
    try:
        yield
    except StopException:
        ended.html(mark)
        raise
    ended.html(mark)
