"""Keys pressed while a page is being drawn are not lost."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_keys = st.components.v2.component(
    "held_keys",
    js=(Path(__file__).resolve().parent.parent / "client" / "held_keys.js").read_text(encoding="utf-8"),
)


def hold_keys() -> None:
    """Hold keys until the page can act on them; call it before the page is drawn."""
    with st.container(key="held-keys"):
        _keys(key="held-keys-script")
