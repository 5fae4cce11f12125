"""One film on the screen, next to its heat map, with probability, flag and what to do next."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from cxr.access.rights import Right
from cxr.explain.overlay import annotate, overlay
from cxr.explain.region import caption
from cxr.triage.words import FLAG_WORDS, at_prevalence, percent
from cxr.ui.escape import literal
from cxr.ui.rights import may, require, user
from cxr.ui.widgets.probability_bar import heat_legend
from cxr.ui.widgets.result_panel import show_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr.explain.gradcam import HeatMap
    from cxr.explain.overlay import Grey
    from cxr.ui.widgets.film_view import FilmView


@st.fragment
def show_film(view: FilmView, invert: Callable[[bool], None] | None = None) -> None:
    """Show a film in a box that reruns alone when its slider moves.

    Parameters
    ----------
    invert
        Called with true to invert the film's grey levels and score it again, with false to undo that. Without
        it the result is shown elsewhere.
    """
    with st.container(border=True):
        st.subheader(literal(view.name), anchor=False)
        plain, heated, *beside = st.columns([4, 4, 3] if invert else 2, gap="medium")
        result = beside[0] if beside else st.container()
        with result:
            if invert:
                show_result(view, invert)
            opacity = _opacity(view)
        if view.grey is None:
            plain.caption(view.missing)
            return
        plain.image(view.grey, "Film", width="stretch", alt="The film")
        if view.heat is None:
            return
        colours = overlay(view.grey, view.heat, opacity)
        heated.image(colours, caption(view.heat), width="stretch", alt="The film with its heat map")
        with result:
            if view.heat.shown:
                st.html(heat_legend())
            _offer_overlay(view, view.grey, view.heat, opacity)


def _opacity(view: FilmView) -> float:
    if view.heat is None or not view.heat.shown:
        return 0.0
    return st.slider("Heat map opacity", 0, 100, 55, 5, format="%d%%", key=f"opacity-{view.key}") / 100


def _offer_overlay(view: FilmView, grey: Grey, heat: HeatMap, opacity: float) -> None:
    if not may(Right.EXPORT):
        return
    who, probability = user(), ""
    if view.probability is not None:
        probability = f", probability {percent(view.probability)} {at_prevalence(view.prevalence)}"
    line = f"{FLAG_WORDS[view.flag]}{probability}, model {view.version}"

    def png() -> bytes:
        require(Right.EXPORT, who)
        # Drawn on demand: keeping the picture for a click that may never come takes 3 MB a film.
        file = io.BytesIO()
        Image.fromarray(annotate(overlay(grey, heat, opacity), line)).save(file, "PNG")
        return file.getvalue()

    st.download_button(
        "Download overlay",
        png,
        f"overlay-{view.key}.png",
        "image/png",
        icon=":material/download:",
        key=f"overlay-{view.key}",
        on_click="ignore",
    )
