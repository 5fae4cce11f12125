"""One film on the screen, with probability, flag and what to do next."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from cxr.access.rights import Right
from cxr.explain.overlay import OPACITY, annotate, overlay
from cxr.triage.words import FLAG_WORDS, at_prevalence
from cxr.ui.escape import literal
from cxr.ui.rights import may, require, user
from cxr.ui.session import session
from cxr.ui.viewer.film_viewer import show_viewer
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.heat_on_demand import offer_tests
from cxr.ui.widgets.heat_words import show_region
from cxr.ui.widgets.result_panel import Answers, show_result
from cxr.ui.widgets.site_notice import require_shown
from cxr.ui.words import _, percent, said

if TYPE_CHECKING:
    from cxr.explain.gradcam import HeatMap
    from cxr.explain.overlay import Grey
    from cxr.ui.widgets.film_view import FilmView


@st.fragment
@stopping_on_errors()
def show_film(view: FilmView, answers: Answers) -> None:
    """Show a film in the viewer beside its result, in a box that reruns alone.

    Parameters
    ----------
    answers
        What can be done about a refusal.
    """
    with st.container(border=True):
        st.header(literal(view.name), anchor=False)
        picture, result = st.columns([7, 2], gap="medium")
        with result:
            show_result(view, answers)
            _show_heat(view)
        if view.grey is None or view.source is None:
            picture.caption(_(view.missing))
            return
        with picture:
            offer = session().offers.of(view.source, view.sha256, view.grey)
            show_viewer(f"viewer-{view.key}", offer, view.heat)


@st.fragment
@stopping_on_errors()
def show_about(view: FilmView) -> None:
    """Show below a film that has the page for itself what it is called, and its heat map in words."""
    st.header(literal(view.name), anchor=False)
    _show_heat(view)


def _show_heat(view: FilmView) -> None:
    if view.grey is not None and view.heat is not None:
        show_region(view.heat)
        with st.container(horizontal=True):
            offer_tests(view)
            _offer_overlay(view, view.grey, view.heat)


def _offer_overlay(view: FilmView, grey: Grey, heat: HeatMap) -> None:
    if not may(Right.EXPORT):
        return
    who, probability = user(), ""
    if view.probability is not None:
        probability = _(
            ", probability {probability} {prevalence}",
            probability=percent(view.probability),
            prevalence=said(at_prevalence(view.prevalence)),
        )
    line = _(
        "{flag}{probability}, model {version}",
        flag=said(FLAG_WORDS[view.flag]),
        probability=probability,
        version=view.version,
    )

    def png() -> bytes:
        require(Right.EXPORT, who)
        require_shown()
        # Drawn on demand: keeping the picture for a click that may never come takes 3 MB a film.
        file = io.BytesIO()
        Image.fromarray(annotate(overlay(grey, heat, OPACITY), line)).save(file, "PNG")
        return file.getvalue()

    st.download_button(
        _("Download overlay"),
        png,
        f"overlay-{view.key}.png",
        "image/png",
        icon=":material/download:",
        key=f"overlay-{view.key}",
        on_click="ignore",
    )
