"""What every page gives the browser beside its content: styles, and the words of Streamlit's uploader."""

from __future__ import annotations

import html
import json
from pathlib import Path

import streamlit as st

from cxr.access.uploads import SERVER_FULL, SESSION_FULL
from cxr.ui.words import N_, _, language

CLIENT = Path(__file__).resolve().parent / "client"
STYLES, UPLOADER_SCRIPT = (
    (CLIENT / name).read_text(encoding="utf-8") for name in ("page.css", "uploader_words.js")
)
UPLOADER_WORDS = {
    "^Upload$": N_("Choose files"),
    "^Upload directories$": N_("Choose a folder"),
    "^Drag and drop (?:a file|files|directories) here$": N_("Drop files here"),
    "^Add files$": N_("Choose more files"),
    "^Remove (.+)$": N_("Remove {}"),
    "^Cancel upload of (.+)$": N_("Cancel the upload of {}"),
    "^Error: $": N_("Error: "),
    r"^File must be ([\d.]+?)(?:\.0)?MB or smaller\.$": N_("Too large: a file may have up to {} MB."),
    "status code 413": SESSION_FULL,
    "status code 503": SERVER_FULL,
    "status code|Network Error|Unexpected error": N_(
        "The upload failed. Remove the file and choose it again."
    ),
}
"""What Streamlit's uploader says, as patterns, and what it says instead; `{}` stands for the group."""


def show_styles() -> None:
    """Put the styles on the page."""
    st.html(f"<style>{STYLES}</style>")


def show_uploader_words() -> None:
    """Let the browser replace the words of Streamlit's uploader; call it where nothing is seen."""
    words = html.escape(json.dumps([[pattern, _(text)] for pattern, text in UPLOADER_WORDS.items()]))
    st.html(
        f'<i lang="{language().tag}" data-uploader-words="{words}"></i><script>{UPLOADER_SCRIPT}</script>',
        unsafe_allow_javascript=True,
    )


def show_refused_files() -> None:
    """Leave room for what an uploader refused: a fresh one takes its place once other files are added."""
    st.html("<ul data-refused-files></ul>")
