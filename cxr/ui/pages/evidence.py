"""Page: evidence. What was measured of the model, from top to bottom as on the screen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.metrics_file import MEASURE_IT, MODEL_CARD, SETS, Evidence
from cxr.evidence.predictive import of_a_hundred, share_with_pneumonia
from cxr.evidence.use import LIMITS
from cxr.triage.words import FLAG_WORDS
from cxr.ui.look import flag_badges
from cxr.ui.service import bundle_folder, measured_evidence, settings, warm_up
from cxr.ui.widgets.evidence_details import (
    show_flags,
    show_heat,
    show_refusals,
    show_shortcuts,
    show_stress,
)
from cxr.ui.widgets.evidence_words import people, place
from cxr.ui.widgets.notices import show_head, show_notices, show_use
from cxr.ui.widgets.predictive_chart import HIGHEST_PERCENT, SCORED_FLAGS, predictive_chart

SHOWS = {Label.PNEUMONIA: "with pneumonia", Label.NORMAL: "without pneumonia"}
DETAILS = {
    "Flags by hospital": show_flags,
    "Films from another machine": show_stress,
    "Does the heat map point at the opacity?": show_heat,
    "What is refused?": show_refusals,
    "Does the model look at the lungs?": show_shortcuts,
}


def show_plain_words(evidence: Evidence) -> None:
    """Show what happens to a hundred patients: those kept out of training, and elsewhere."""
    for name in ("holdout", "external"):
        if name not in evidence.sets:
            continue
        st.markdown(f"**{SETS[name][0].capitalize()}**")
        for group in evidence.sets[name].sources:
            for label, shows in SHOWS.items():
                if counts := of_a_hundred(group, label):
                    st.markdown(f"Of 100 {people(group)} {shows} ({place(group)}): {flag_badges(counts)}")
    st.caption("Rounded to whole patients. Films that are not scored are read by a person, like all others.")


def show_reliability(evidence: Evidence, figures: Path) -> None:
    """Show the model card's plots of the probability given against the share found."""
    st.markdown(
        "Each point is a group of films of similar probability. On the diagonal the probability is "
        "accurate; above "
        "the diagonal pneumonia is more frequent than stated. Bars are 95 % intervals."
    )
    groups = compared(evidence)
    for column, group in zip(st.columns(2, gap="large"), groups, strict=False):
        figure = figures / f"reliability_{group.population}.svg"
        with column:
            if figure.is_file():
                st.image(figure.read_text(), width="stretch", alt=f"Reliability diagram: {group.name}")
            else:
                st.caption(f"{people(group).capitalize()}: calibration error {group.calibration_error}")


@st.fragment
def show_predictive(evidence: Evidence) -> None:
    """Show what a flag means at the prevalence on the slider."""
    here = min(max(1, round(100 * settings().prevalence)), HIGHEST_PERCENT)
    percent = st.slider("Films with pneumonia, of 100 read here", 1, HIGHEST_PERCENT, here)
    for column, group in zip(st.columns(2, gap="large"), compared(evidence), strict=False):
        shares = {flag: share_with_pneumonia(group, flag, percent / 100) for flag in SCORED_FLAGS}
        words = ", ".join(
            f"{100 * share:.0f} of 100 {FLAG_WORDS[flag].lower()}"
            for flag, share in shares.items()
            if share is not None
        )
        with column:
            st.markdown(f"**{people(group).capitalize()}**: pneumonia on {words} films.")
            st.altair_chart(
                predictive_chart(group, percent), alt=f"Meaning of a flag by prevalence: {group.name}"
            )


def show_limits(card: Path) -> None:
    """List what the model must not be used for and what is not known about it."""
    show_use()
    st.markdown("**What is not known**\n\n" + "\n".join(f"- {line}" for line in LIMITS))
    if card.is_file():
        st.download_button(
            "Download the model card",
            card.read_text(),
            MODEL_CARD,
            "text/markdown",
            icon=":material/download:",
            on_click="ignore",
        )


def compared(evidence: Evidence) -> tuple[Group, ...]:
    """Return the populations that have films both with and without pneumonia."""
    return tuple(group for group in evidence.holdout.populations if group.auroc)


def warn_of_another_model(measured: str) -> None:
    """Warn if the model in use, once warm, is not the one that was measured."""
    model = warm_up()
    if model.done() and not model.exception() and (in_use := model.result().version) != measured:
        st.warning(
            f"These figures were measured with {measured} and do not hold for the model in use, {in_use}. "
            f"{MEASURE_IT}",
            icon=":material/warning:",
        )


show_head("Evidence")
show_notices()
folder, measured = bundle_folder(), measured_evidence()
warn_of_another_model(measured.bundle)
st.caption(f"Measured with model {measured.bundle}; intervals are 95 % confidence intervals.")
st.header("Of 100 patients", anchor=False)
show_plain_words(measured)
st.header("What does a flag mean here?", anchor=False)
show_predictive(measured)
st.header("Is the probability accurate?", anchor=False)
show_reliability(measured, folder / "figures")
st.header("Details", anchor=False)
for title, show in DETAILS.items():
    with st.expander(title):
        show(measured)
st.header("Purpose and limits", anchor=False)
show_limits(folder / MODEL_CARD)
