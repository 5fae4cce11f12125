"""Keys pressed while a page is being drawn are not lost."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

# Always the same text, so that the Content-Security-Policy can name it by its hash. The script of a component
# would be there only after the first page.
HELD_KEYS_SCRIPT = (Path(__file__).parent / "client" / "held_keys.js").read_text(encoding="utf-8")


def hold_keys() -> None:
    """Hold keys until the page can act on them; call it before the page is drawn."""
    with st.container(key="held-keys"):
        st.html(f"<script>{HELD_KEYS_SCRIPT}</script>", unsafe_allow_javascript=True)
