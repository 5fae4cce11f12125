"""Blacking out text that is burnt into a film, with a look at what goes before it goes."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.explain.overlay import Grey
from cxr.film.redaction import LARGEST_SHARE, Corner, redact_corners
from cxr.ui.service import worker, worklist
from cxr.ui.widgets.attempt import attempt, say_done
from cxr.ui.widgets.reader import WHO_FIRST, reader
from cxr.worklist.case import Case
from cxr.worklist.reading.desk import NotPossibleError

WIDTH, HEIGHT = 30, 8


@st.fragment
def show_redaction(case: Case, grey: Grey) -> None:
    """Offer to black out corners of a case's film; choosing them redraws this part alone.

    Parameters
    ----------
    grey
        The film as it is shown.
    """
    with st.expander("Black out burnt-in text", icon=":material/ink_eraser:"):
        choice, look = st.columns([3, 2], gap="medium")
        with choice:
            chosen = st.pills(
                "Corners",
                list(Corner),
                selection_mode="multi",
                format_func=str.capitalize,
                key=f"corners-{case.number}",
            )
            width = st.slider("Width of a box, %", 1, round(100 * LARGEST_SHARE), WIDTH)
            height = st.slider("Height of a box, %", 1, round(100 * LARGEST_SHARE), HEIGHT)
            st.caption("The film is scored anew. What goes is gone for good: there is no undo.")
            st.button(
                "Black out",
                icon=":material/ink_eraser:",
                disabled=not chosen,
                on_click=partial(_black_out, case, tuple(chosen), width / 100, height / 100),
            )
        if chosen:
            covered = redact_corners(grey, chosen, width / 100, height / 100)
            look.image(covered, "As it would be", width="stretch", alt="The film with its corners black")


def _black_out(seen: Case, corners: tuple[Corner, ...], width: float, height: float) -> None:
    def change() -> Case:
        if not reader():
            raise NotPossibleError(WHO_FIRST)
        return worklist().redaction.corners(seen, reader(), corners, width, height)

    if attempt(change):
        say_done(f"Blacked out: {', '.join(corners)}. The film is scored anew.")
        worker().wake()
