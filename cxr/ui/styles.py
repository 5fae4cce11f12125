"""The styles of every page, with the words that they write into Streamlit's own controls."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from cxr.ui.words import N_, _

STYLES = (Path(__file__).parent / "client" / "page.css").read_text(encoding="utf-8")
WORDS = {
    "drop-files": N_("Drop files here"),
    "choose-files": N_("Choose files"),
    "choose-folder": N_("Choose a folder"),
}
"""By the names of the variables that hold them."""


def show_styles() -> None:
    """Put the styles on the page."""
    words = " ".join(f"--{name}: {json.dumps(_(text), ensure_ascii=False)};" for name, text in WORDS.items())
    st.html(f"<style>:root {{ {words} }}\n{STYLES}</style>")
