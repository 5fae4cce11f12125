"""What the model saw, in words: where the outlined region lies, and what an outline does not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr.explain.place import OUTSIDE, place_sentence
from cxr.explain.region import OUTLINED, caption
from cxr.ui.words import _, said

if TYPE_CHECKING:
    from cxr.explain.gradcam import HeatMap


def show_region(heat: HeatMap) -> None:
    """Say what is drawn of a heat map, and where it lies; warn where that is not in the lungs."""
    drawn, place = caption(heat), place_sentence(heat)
    if place == OUTSIDE:
        st.warning(said(place), icon=":material/wrong_location:")
    if drawn != OUTLINED:
        st.caption(said(drawn))
        return
    words = said(drawn)
    if place and place != OUTSIDE:
        words = _("{sentence}. {another}", sentence=words, another=said(place))
    st.caption(words, help=_("Heat shows what moved the number. It does not outline a disease."))
