"""A film's result: words first, then the number, what it assumes, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr.quality.check import RefusalCode
from cxr.triage.flag import ADVICE
from cxr.triage.words import LIKELIHOOD, POPULATION_WORDS, of_a_hundred_films
from cxr.ui.look import flag_badge
from cxr.ui.widgets.film_orientation import offer_orientation, offer_upright
from cxr.ui.widgets.film_ranks import film_ranks
from cxr.ui.widgets.probability_bar import probability_bar
from cxr.ui.widgets.reason_words import reason_words
from cxr.ui.widgets.site_notice import WITHHELD
from cxr.ui.words import N_, _, percent, said, said_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr.film import Orientation
    from cxr.ui.widgets.film_view import FilmView

WAITING_ADVICE = N_("This film will be scored in a moment. Until then nothing is known about it.")

SCORE_ANYWAY = {
    RefusalCode.NOT_CHEST: N_("It is a frontal chest film: score it"),
    RefusalCode.LATERAL: N_("It is a frontal film: score it"),
    RefusalCode.INVERTED: N_("It is not inverted: score it"),
    RefusalCode.UPSIDE_DOWN: N_("It is upright: score it"),
    RefusalCode.ROTATED: N_("It is upright: score it"),
    RefusalCode.CROPPED: N_("Both lungs are whole: score it"),
    RefusalCode.MULTIPLE_IMAGES: N_("It is one film: score it"),
}
"""What a reader can answer to each refusal that the picture alone gave rise to."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How a film is corrected, or scored although it was refused; called with false they undo that."""

    invert: Callable[[bool], None]
    orient: Callable[[Orientation], None]
    overrule: Callable[[bool], None]


def show_result(view: FilmView, answers: Answers) -> None:
    """Show what the model makes of a film, and what can be done about a refusal."""
    if view.probability is not None and view.operating_points is not None and view.flag:
        st.markdown(f"{flag_badge(view.flag)} **{said(LIKELIHOOD[view.flag])}**")
        st.metric(_("Probability of pneumonia"), percent(view.probability), label_visibility="collapsed")
        st.html(probability_bar(view.probability, view.operating_points))
        st.caption(said(of_a_hundred_films(view.probability, view.prevalence)))
        with st.popover(_("What does this mean?"), icon=":material/help:", type="tertiary"):
            _explain(view, view.probability)
    elif view.withheld:
        st.markdown(f":material/visibility_off: {_(WITHHELD)}")
    else:
        st.markdown(flag_badge(view.flag))
    if not view.settled and not view.withheld:
        st.markdown(f"**{said(ADVICE[view.flag]) if view.flag else _(WAITING_ADVICE)}**")
    for reason in view.reasons:
        st.markdown(reason_words(reason))
    _offer_inversion(view, answers.invert)
    offer_upright(view, answers.orient)
    _offer_overruling(view, answers.overrule)
    if view.grey is not None and not view.settled:
        offer_orientation(view, answers.orient)
    model = _(" · model {version}", version=view.version) if view.version else ""
    st.caption(
        _("Age group: {population}{model}", population=said(POPULATION_WORDS[view.population]), model=model)
    )
    if view.header:
        st.caption(_("From the DICOM header: {header}", header=said_each(view.header)))


def _explain(view: FilmView, probability: float) -> None:
    points = view.operating_points
    assert points
    st.markdown(
        _(
            "{sentence} In a clinic with more pneumonia the same film would get a higher number, "
            "but the same flag.\n\n- **likely**, flag urgent: from {high}\n- **possible**, flag "
            "review: from {low}\n- **unlikely**, flag routine: below that. It does not rule "
            "pneumonia out.\n\nThe number only orders the list. It says nothing of other "
            "findings, and every film is read by a clinician.",
            sentence=said(of_a_hundred_films(probability, view.prevalence)),
            high=percent(points.high),
            low=percent(points.low),
        )
    )
    if chart := film_ranks(probability, view.prevalence, view.points_for):
        st.html(chart)


def _offer_inversion(view: FilmView, invert: Callable[[bool], None]) -> None:
    """Offer to invert a film that looks inverted, or to undo that."""
    key, clicked = f"invert-{view.key}", partial(invert, not view.inverted)
    if view.inverted:
        st.button(_("Undo inversion"), icon=":material/undo:", key=key, on_click=clicked)
    elif view.refused_as is RefusalCode.INVERTED:
        icon = ":material/invert_colors:"
        st.button(_("Invert and score"), icon=icon, type="primary", key=key, on_click=clicked, wrap=True)


def _offer_overruling(view: FilmView, overrule: Callable[[bool], None]) -> None:
    """Offer to score a film although its picture was refused, or to undo that."""
    if view.overruled:
        label, icon = _("Let the quality check decide"), ":material/undo:"
    elif view.refused_as:
        label, icon = _(SCORE_ANYWAY[view.refused_as]), ":material/check_circle:"
    else:
        return
    clicked = partial(overrule, not view.overruled)
    # These are sentences, in some languages longer than the column is wide.
    st.button(label, icon=icon, key=f"overrule-{view.key}", on_click=clicked, wrap=True)
