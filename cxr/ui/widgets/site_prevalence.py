"""The share of films with pneumonia here, estimated from scores and offered: nothing is set by itself."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.site.prevalence import FEWEST, estimate_prevalence
from cxr.ui.service import settings, worklist
from cxr.ui.words import N_, _, _n, percent, written

DAYS = {28: N_("4 weeks"), 90: N_("90 days"), 365: N_("A year")}


def show_prevalence() -> None:
    """Estimate the prevalence of a period, and say how to set it."""
    st.markdown(
        _(
            "Probabilities are shown for a prevalence of **{prevalence}**.",
            prevalence=percent(settings().prevalence),
        )
    )
    days = st.segmented_control(
        _("Scored films of the last"),
        list(DAYS),
        format_func=lambda days: _(DAYS[days]),
        default=90,
        required=True,
        key="days",
    )
    now = datetime.datetime.now(datetime.UTC)
    films = worklist().monitored.films(now - datetime.timedelta(days=days or 90), now)
    found = estimate_prevalence(films)
    if found.share is None:
        st.markdown(
            _n(
                "{count} scored film; {fewest} are needed for an estimate.",
                "{count} scored films; {fewest} are needed for an estimate.",
                found.films,
                fewest=FEWEST,
            )
        )
        return
    share = found.share
    st.markdown(
        _(
            "**{share}** of {films} scored films show pneumonia, by their scores (95 % interval {low} to "
            "{high}). To use it, set and restart:",
            share=percent(share.value),
            films=written(found.films),
            low=percent(share.low),
            high=percent(share.high),
        )
    )
    st.code(f"CXR_PREVALENCE={found.to_set}", language=None)
    st.caption(
        _(
            "Estimated by expectation-maximisation. Valid only if films with pneumonia, and films "
            "without, look here as they did where the model was calibrated: compare it with what "
            "readers find. It changes no flag."
        )
    )
