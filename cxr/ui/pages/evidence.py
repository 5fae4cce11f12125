"""Page: evidence. What was measured of the model, from top to bottom as on the screen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cxr.evidence.evaluation import Group
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
from cxr.ui.widgets.evidence_plots import flags_chart, reliability_chart
from cxr.ui.widgets.evidence_words import SHOWS, people, place
from cxr.ui.widgets.notices import show_head, show_notices, show_use
from cxr.ui.widgets.predictive_chart import HIGHEST_PERCENT, SCORED_FLAGS, predictive_chart
from cxr.ui.words import _, said, written

DETAILS = {
    _("Flags by hospital"): show_flags,
    _("Films from another machine"): show_stress,
    _("Does the heat map point at the opacity?"): show_heat,
    _("What is refused?"): show_refusals,
    _("Does the model look at the lungs?"): show_shortcuts,
}


def show_plain_words(evidence: Evidence) -> None:
    """Show what happens to a hundred patients: those kept out of training, and elsewhere."""
    for name in ("holdout", "external"):
        if name not in evidence.sets:
            continue
        st.markdown(f"**{said(SETS[name][0].capitalize())}**")
        for group in evidence.sets[name].sources:
            for label, shows in SHOWS.items():
                if counts := of_a_hundred(group, label):
                    st.markdown(
                        _(
                            "Of 100 {people} {shows} ({place}): {counts}",
                            people=people(group),
                            shows=_(shows),
                            place=place(group),
                            counts=flag_badges(counts),
                        )
                    )
    st.caption(
        _("Rounded to whole patients. Films that are not scored are read by a person, like all others.")
    )


@st.fragment
def show_plots(evidence: Evidence) -> None:
    """Show the three plots of one population side by side, each with a sentence that says what to see."""
    groups = {people(group).capitalize(): group for group in compared(evidence)}
    here = min(max(1, round(100 * settings().prevalence)), HIGHEST_PERCENT)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        chosen = st.segmented_control(_("Patients"), list(groups), default=next(iter(groups)), required=True)
        percent = st.slider(_("Films with pneumonia, of 100 read here"), 1, HIGHEST_PERCENT, here, width=360)
    group = groups[chosen or next(iter(groups))]
    flags, meaning, accuracy = st.columns(3, gap="medium")
    with flags:
        st.header(_("Who gets which flag?"), anchor=False)
        st.markdown(_("Films kept out of training, and films of other hospitals."))
        evaluations = [evidence.sets[name] for name in ("holdout", "external") if name in evidence.sets]
        chart = flags_chart(evaluations, group.population)
        st.altair_chart(chart, alt=_("Flags of a hundred patients by hospital, with and without pneumonia"))
    with meaning:
        st.header(_("What does a flag mean here?"), anchor=False)
        st.markdown(
            _(
                "**{people}**: pneumonia on {shares} films.",
                people=chosen,
                shares=_meaning(group, percent / 100),
            )
        )
        st.altair_chart(
            predictive_chart(group, percent),
            alt=_("Meaning of a flag by prevalence: {name}", name=said(group.name)),
        )
    with accuracy:
        st.header(_("Is the probability accurate?"), anchor=False)
        st.markdown(
            _(
                "Each point: films of similar probability. Above the diagonal, pneumonia is more "
                "frequent than "
                "stated."
            )
        )
        st.altair_chart(reliability_chart(group), alt=_("Reliability diagram: {name}", name=said(group.name)))


def _meaning(group: Group, prevalence: float) -> str:
    shares = {flag: share_with_pneumonia(group, flag, prevalence) for flag in SCORED_FLAGS}
    return ", ".join(
        _("{count} of 100 {flag}", count=written(100 * share), flag=said(FLAG_WORDS[flag]).lower())
        for flag, share in shares.items()
        if share is not None
    )


def show_limits(card: Path) -> None:
    """List what the model must not be used for and what is not known about it."""
    show_use()
    st.markdown(f"**{_('What is not known')}**\n\n" + "\n".join(f"- {said(line)}" for line in LIMITS))
    if card.is_file():
        st.download_button(
            _("Download the model card"),
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
            _(
                "These figures were measured with {measured} and do not hold for the model in "
                "use, {in_use}. {remedy}",
                measured=measured,
                in_use=in_use,
                remedy=said(MEASURE_IT),
            ),
            icon=":material/warning:",
        )


show_head(_("Evidence"))
show_notices()
folder, measured = bundle_folder(), measured_evidence()
warn_of_another_model(measured.bundle)
st.caption(
    _("Measured with model {bundle}; intervals are 95 % confidence intervals.", bundle=measured.bundle)
)
if compared(measured):
    show_plots(measured)
with st.expander(_("The same in words: of 100 patients")):
    show_plain_words(measured)
for title, show in DETAILS.items():
    with st.expander(title):
        show(measured)
with st.expander(_("Purpose and limits")):
    show_limits(folder / MODEL_CARD)
