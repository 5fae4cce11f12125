"""The share of films with pneumonia here, estimated from scores and offered: nothing is set by itself."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.site.prevalence import FEWEST, estimate_prevalence
from cxr.triage.words import percent
from cxr.ui.service import settings, worklist

DAYS = {28: "4 weeks", 90: "90 days", 365: "A year"}


def show_prevalence() -> None:
    """Estimate the prevalence of a period, and say how to set it."""
    st.markdown(f"Probabilities are shown for a prevalence of **{percent(settings().prevalence)}**.")
    days = st.segmented_control(
        "Scored films of the last",
        list(DAYS),
        format_func=DAYS.__getitem__,
        default=90,
        required=True,
        key="days",
    )
    now = datetime.datetime.now(datetime.UTC)
    films = worklist().monitored.films(now - datetime.timedelta(days=days or 90), now)
    found = estimate_prevalence(films)
    if found.share is None:
        st.markdown(f"{found.films} scored films; {FEWEST} are needed for an estimate.")
        return
    share = found.share
    st.markdown(
        f"**{percent(share.value)}** of {found.films:,} scored films show pneumonia, by their scores (95 % "
        f"interval {percent(share.low)} to {percent(share.high)}). To use it, set and restart:"
    )
    st.code(f"CXR_PREVALENCE={found.to_set}", language=None)
    st.caption(
        "Estimated by expectation-maximisation. It holds if films with pneumonia, and films without, look "
        "here as "
        "they did where the model was calibrated: hold it against what readers find. It changes no flag."
    )
