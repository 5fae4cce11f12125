"""Keys pressed while a page is being drawn are not lost."""

from __future__ import annotations

import streamlit as st

from cxr.ui.component import component


def hold_keys() -> None:
    """Hold keys until the page can act on them; call it before the page is drawn."""
    with st.container(key="held-keys"):
        component("held_keys")(key="held-keys-script")
