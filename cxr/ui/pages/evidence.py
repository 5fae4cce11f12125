"""Page: evidence. What was measured of the model, from top to bottom what the screen shows."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cxr.evidence.label import Label
from cxr.evidence.metrics_file import MEASURE_IT, MODEL_CARD, SETS, Evidence
from cxr.evidence.predictive import of_a_hundred
from cxr.evidence.use import LIMITS
from cxr.settings import Settings
from cxr.triage.flag import Flag
from cxr.ui.service import measured_evidence, warm_up
from cxr.ui.widgets.evidence_sections import (
    badge,
    people,
    place,
    show_flags,
    show_gate,
    show_heat,
    show_predictive,
    show_reliability,
    show_shortcuts,
    show_stress,
)
from cxr.ui.widgets.notices import show_notices, show_use

SHOWS = {Label.PNEUMONIA: "with pneumonia", Label.NORMAL: "without pneumonia"}


def show_plain_words(evidence: Evidence) -> None:
    """Say what happens to a hundred patients: of those kept out of training, and elsewhere."""
    for name in ("holdout", "external"):
        if name not in evidence.sets:
            continue
        st.markdown(f"**{SETS[name][0].capitalize()}**")
        for group in evidence.sets[name].sources:
            for label, shows in SHOWS.items():
                if counts := of_a_hundred(group, label):
                    st.markdown(f"Of 100 {people(group)} {shows} ({place(group)}): {_badges(counts)}")
    st.caption("Shares rounded to whole patients. What is not scored is read by a person.")


def show_limits(folder: Path) -> None:
    """Say what the model must not be used for and what is not known of it."""
    show_use()
    st.markdown("**What is not known**\n\n" + "\n".join(f"- {line}" for line in LIMITS))
    if (folder / MODEL_CARD).is_file():
        st.download_button(
            "Download the model card",
            (folder / MODEL_CARD).read_text(),
            MODEL_CARD,
            "text/markdown",
            icon=":material/download:",
            on_click="ignore",
        )


def warn_of_another_model(measured: str) -> None:
    """Say so where the model at work, once it is warm, is not the one that was measured."""
    model = warm_up()
    if model.done() and not model.exception() and (at_work := model.result().version) != measured:
        st.warning(
            f"These figures are of {measured}. The model at work is {at_work}: they do not hold for it. "
            f"{MEASURE_IT}",
            icon=":material/warning:",
        )


def _badges(counts: dict[Flag, int]) -> str:
    return " ".join(badge(flag, str(count)) for flag, count in counts.items() if count)


SECTIONS = {
    "In plain words": show_plain_words,
    "Where the flags fall": show_flags,
    "Does the probability mean what it says?": show_reliability,
    "What is a flag worth here?": show_predictive,
    "Films from another machine": show_stress,
    "Does the heat map point at the opacity?": show_heat,
    "What is refused?": show_gate,
    "Does it look at the lungs?": show_shortcuts,
}

st.title("Evidence", anchor=False)
show_notices()
settings = Settings()
measured = measured_evidence()
warn_of_another_model(measured.bundle)
st.caption(f"Measured on model {measured.bundle}; intervals hold with 95 % confidence.")
for title, show in SECTIONS.items():
    st.header(title, anchor=False)
    show(measured)
st.header("What it is for, and its limits", anchor=False)
show_limits(settings.models / settings.bundle)
