"""A film's result: words first, then the number, what it assumes, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr.triage.flag import ADVICE
from cxr.triage.words import LIKELIHOOD, POPULATION_WORDS, of_a_hundred_films, percent
from cxr.ui.look import flag_badge
from cxr.ui.widgets.film_ranks import film_ranks
from cxr.ui.widgets.probability_bar import probability_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr.ui.widgets.film_view import FilmView

WAITING_ADVICE = "This film will be scored in a moment. Until then nothing is known about it."


def show_result(view: FilmView, invert: Callable[[bool], None]) -> None:
    """Show what the model makes of a film, and what can be done about a refusal."""
    if view.probability is not None and view.operating_points is not None and view.flag:
        st.markdown(f"{flag_badge(view.flag)} **{LIKELIHOOD[view.flag]}**")
        st.metric("Probability of pneumonia", percent(view.probability), label_visibility="collapsed")
        st.html(probability_bar(view.probability, view.operating_points))
        st.caption(of_a_hundred_films(view.probability, view.prevalence))
        with st.popover("What does this mean?", icon=":material/help:", type="tertiary"):
            _explain(view, view.probability)
    else:
        st.markdown(flag_badge(view.flag))
    if not view.settled:
        st.markdown(f"**{ADVICE[view.flag] if view.flag else WAITING_ADVICE}**")
    for reason in view.reasons:
        st.markdown(reason.sentence)
    _offer_inversion(view, invert)
    model = f" · model {view.version}" if view.version else ""
    st.caption(f"Age group: {POPULATION_WORDS[view.population]}{model}")
    if view.header:
        st.caption(f"From the DICOM header: {view.header}")


def _explain(view: FilmView, probability: float) -> None:
    points = view.operating_points
    assert points
    st.markdown(
        f"{of_a_hundred_films(probability, view.prevalence)} In a clinic with more pneumonia the same film "
        "would get a higher number, but the same flag.\n\n"
        f"- **likely**, flag urgent: from {percent(points.high)}\n"
        f"- **possible**, flag review: from {percent(points.low)}\n"
        f"- **unlikely**, flag routine: below that. It does not rule pneumonia out.\n\n"
        "The number only orders the list. It says nothing of other findings, and every film is read by a "
        "clinician."
    )
    if chart := film_ranks(probability, view.prevalence, view.points_for):
        st.html(chart)


def _offer_inversion(view: FilmView, invert: Callable[[bool], None]) -> None:
    """Offer to invert a film that looks inverted, or to undo that."""
    if view.inverted:
        clicked = st.button("Undo inversion", icon=":material/undo:", key=f"invert-{view.key}")
    elif view.looks_inverted:
        clicked = st.button(
            "Invert and score", icon=":material/invert_colors:", type="primary", key=f"invert-{view.key}"
        )
    else:
        return
    if clicked:
        invert(not view.inverted)
        st.rerun()
