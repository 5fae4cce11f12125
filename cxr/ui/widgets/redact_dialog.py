"""Redaction of burned-in annotations, with a preview."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.explain.overlay import Grey
from cxr.film.redaction import LARGEST_SHARE, Corner, redact_corners
from cxr.ui.rights import may
from cxr.ui.service import worker, worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt, stopping_on_errors
from cxr.ui.widgets.reader import named_reader
from cxr.ui.words import _, said
from cxr.worklist.case import Case

WIDTH, HEIGHT = 30, 8


@st.fragment
@stopping_on_errors()
def show_redaction(case: Case, grey: Grey) -> None:
    """Offer to redact corners of a case's film; choosing them redraws only this part.

    Parameters
    ----------
    grey
        The film as shown.
    """
    if not may(Right.REDACT):
        return
    with st.expander(_("Redact burned-in text"), icon=":material/ink_eraser:"):
        choice, preview = st.columns([3, 2], gap="medium")
        with choice:
            chosen = st.pills(
                _("Corners"),
                list(Corner),
                selection_mode="multi",
                format_func=lambda corner: said(corner).capitalize(),
                key=f"corners-{case.film_number}",
            )
            width = st.slider(_("Width of each box, %"), 1, round(100 * LARGEST_SHARE), WIDTH)
            height = st.slider(_("Height of each box, %"), 1, round(100 * LARGEST_SHARE), HEIGHT)
            st.caption(
                _("The corners are redacted permanently and the film is scored again. This cannot be undone.")
            )
            st.button(
                _("Redact"),
                icon=":material/ink_eraser:",
                disabled=not chosen,
                on_click=partial(_redact, case, tuple(chosen), width / 100, height / 100),
            )
        if chosen:
            covered = redact_corners(grey, chosen, width / 100, height / 100)
            preview.image(covered, _("Preview"), width="stretch", alt=_("The film with redacted corners"))


def _redact(seen: Case, corners: tuple[Corner, ...], width: float, height: float) -> None:
    if attempt(
        Right.REDACT, lambda: worklist().redaction.corners(seen, named_reader(), corners, width, height)
    ):
        session().done = _(
            "Redacted: {corners}. The film is scored again.",
            corners=", ".join(said(corner) for corner in corners),
        )
        worker().wake()
