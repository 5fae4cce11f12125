"""The sections of the page Evidence that show plots."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cxr.evidence.estimate import Estimate
from cxr.evidence.evaluation import Evaluation, Group
from cxr.evidence.metrics_file import SETS, Evidence
from cxr.evidence.predictive import share_with_pneumonia
from cxr.evidence.shortcuts import MOST_SHORTCUT
from cxr.evidence.sources import SOURCES
from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.ui.service import prevalence
from cxr.ui.widgets import evidence_charts as charts
from cxr.ui.widgets.film_view import LOOK, literal

PEOPLE = {Population.CHILD: "children", Population.ADULT: "adults", Population.UNKNOWN: "patients"}
LOST = {
    "auroc": "Order of films (AUROC)",
    "specificity_low": "Healthy films left routine",
    "sensitivity_low": "Pneumonia not left routine",
}
ICONS = {
    True: ":green[:material/check_circle:]",
    False: ":red[:material/cancel:]",
    None: ":gray[:material/pending:]",
}
"""Whether a goal was reached."""


def people(group: Group) -> str:
    """Whom the films of a group show."""
    return PEOPLE[group.population or Population.UNKNOWN]


def place(group: Group) -> str:
    """Where the films of a group come from."""
    source = group.source or ""
    return SOURCES[source].place if source in SOURCES else literal(source)


def badge(flag: Flag, more: str = "") -> str:
    """A flag as a badge in Markdown, and what is to stand behind its word."""
    word, icon, colour = LOOK[flag]
    return f":{colour}-badge[{icon} {word} {more}]"


def show_flags(evidence: Evidence) -> None:
    """Show how the flags fall on each source of each set."""
    st.markdown(f"From left to right: {' '.join(badge(flag) for flag in charts.COLOURS)}")
    for name, evaluation in evidence.sets.items():
        what, done = SETS[name]
        st.markdown(f"**{what.capitalize()}**: {done}.")
        _side_by_side(evaluation.sources, _show_flags_of)


def _show_flags_of(group: Group) -> None:
    st.caption(f"{people(group).capitalize()}, {place(group)}")
    st.altair_chart(charts.flags_chart(group), alt=f"Flags by label: {group.name}")


def show_reliability(evidence: Evidence) -> None:
    """Show for each population what was said against what was found."""
    st.markdown(
        "Each point stands for films that were given about one probability. On the dashed line the "
        "probability means what it says; above it pneumonia is more frequent than it says. The bar through a "
        "point is its 95 % interval."
    )
    _side_by_side(_told_apart(evidence.holdout), _show_reliability_of)


def _show_reliability_of(group: Group) -> None:
    st.caption(f"{people(group).capitalize()}: calibration error {group.calibration_error}")
    st.altair_chart(charts.reliability_chart(group), alt=f"Reliability diagram: {group.name}")


@st.fragment
def show_predictive(evidence: Evidence) -> None:
    """Show what a flag is worth where as many films show pneumonia as the slider says."""
    here = min(max(1, round(100 * prevalence())), charts.MOST_PREVALENT)
    percent = st.slider("Of 100 films read here, so many show pneumonia", 1, charts.MOST_PREVALENT, here)

    def show(group: Group) -> None:
        shares = {flag: share_with_pneumonia(group, flag, percent / 100) for flag in LOOK}
        worth = [
            f"{100 * share:.0f} of 100 {LOOK[flag][0].lower()}"
            for flag, share in shares.items()
            if share is not None and flag is not Flag.REFUSED
        ]
        st.markdown(f"**{people(group).capitalize()}**: pneumonia on {', '.join(worth)} films.")
        st.altair_chart(
            charts.predictive_chart(group, percent), alt=f"Worth of a flag by prevalence: {group.name}"
        )

    _side_by_side(_told_apart(evidence.holdout), show)


@st.fragment
def show_stress(evidence: Evidence) -> None:
    """Show what is lost when films come from another machine."""
    if not evidence.stress:
        _not_measured("What changes of grey levels, sharpness or position do")
        return
    st.markdown(
        "Films kept out of training, changed as another machine or another way of storing would change them. "
        "Severity 2 is what one plausibly meets. The darker a cell, the more is lost."
    )
    lost = st.segmented_control(
        "Lost", list(LOST), format_func=LOST.__getitem__, default="auroc", required=True
    )
    for column, group in zip(st.columns(2, gap="large"), evidence.stress.groups, strict=False):
        with column:
            st.caption(f"{PEOPLE[group.population].capitalize()}: {group.films} films")
            st.altair_chart(
                charts.stress_chart(group, lost or "auroc"), alt=f"Losses by shift: {group.population}"
            )


def show_heat(evidence: Evidence) -> None:
    """Show how the heat map agrees with the boxes of radiologists."""
    adults = evidence.holdout.population(Population.ADULT)
    heat = adults.heat if adults else None
    if not heat:
        _not_measured("How the heat map agrees with radiologists' boxes")
        return
    st.markdown(
        "Radiologists drew boxes round the opacities of adults. A hit is a film whose hottest point lies in "
        "a box. By chance as many would as the boxes take of the film."
    )
    without = evidence.heat_comparison.without if evidence.heat_comparison else None
    shipped, unsupervised, chance = "This network", "A network trained without boxes", "By chance"
    found: list[tuple[str, str, Estimate | None]] = [
        ("Hits", shipped, heat.hit_rate),
        ("Hits", unsupervised, without.hit_rate if without else None),
        ("Hits", chance, heat.box_area),
        ("Heat in boxes", shipped, heat.energy_in_box),
        ("Heat in boxes", unsupervised, without.energy_in_box if without else None),
        ("Heat in boxes", chance, heat.box_area),
    ]
    colours = {shipped: charts.ACCENT, unsupervised: charts.OTHER, chance: charts.FAINT}
    if not without:
        del colours[unsupervised]
        _not_measured("A network trained without boxes")
    st.altair_chart(charts.estimates_chart(found, colours), alt="Hits and heat in boxes")


def show_gate(evidence: Evidence) -> None:
    """Show what the gate refuses, kind by kind, and how many films it refuses without need."""
    gate = evidence.gate
    if not gate:
        _not_measured("What the gate refuses")
        return
    seen, unseen = "Kind known to the gate", "Kind the gate had never seen"
    least_refused_first = sorted((*gate.kinds, *gate.left_out), key=lambda kind: kind.refused.value)
    kinds = [(kind.words, seen if kind.seen else unseen, kind.refused) for kind in least_refused_first]
    films = [(PEOPLE[whom].capitalize(), "", share) for whom, share in gate.false_refusals.items()]
    left, right = st.columns(2, gap="large")
    with left:
        st.caption("Images that are no film to score: share refused")
        st.altair_chart(
            charts.estimates_chart(kinds, {seen: charts.ACCENT, unseen: charts.OTHER}), alt="Images refused"
        )
    with right:
        st.caption("Chest films: share refused without need")
        st.altair_chart(
            charts.estimates_chart(films, {"": charts.ACCENT}, domain=(0, 0.1)), alt="Films refused"
        )


def show_shortcuts(evidence: Evidence) -> None:
    """Show whether the network finds pneumonia where it cannot be seen."""
    if not evidence.audit:
        _not_measured("Whether the network reads markers, borders or the hospital")
        return
    st.markdown(
        "Films with nothing but their border, and films with the lungs covered. At 50 % the network tells "
        "nothing from them, as it should; the dashed line is the most that the project allows."
    )
    patches = (("Border alone", evidence.audit.border_alone), ("Lungs covered", evidence.audit.lungs_blanked))
    found = [
        (name, PEOPLE[shortcut.population].capitalize(), shortcut.leak)
        for name, of_patch in patches
        for shortcut in of_patch
    ]
    effects = [
        f"{PEOPLE[one.population]} {one.effect.value:.1%}"
        for one in evidence.audit.border_alone
        if one.effect is not None
    ]
    colours = {"Children": charts.ACCENT, "Adults": charts.OTHER}
    st.altair_chart(
        charts.estimates_chart(found, colours, limit=MOST_SHORTCUT, domain=(0.5, 1)),
        alt="What is told without lungs",
    )
    if effects:
        st.caption(
            "The chart shows order alone. In size, the border moves the sick and the well apart by this "
            f"share of what whole films do: {', '.join(effects)}."
        )


def _told_apart(evaluation: Evaluation) -> tuple[Group, ...]:
    """Populations with films of both labels."""
    return tuple(group for group in evaluation.populations if group.auroc)


def _side_by_side(groups: tuple[Group, ...], show: Callable[[Group], None]) -> None:
    """Show groups in pairs, which stand under each other on a narrow screen."""
    for place in range(0, len(groups), 2):
        for column, group in zip(st.columns(2, gap="large"), groups[place : place + 2], strict=False):
            with column:
                show(group)


def _not_measured(what: str) -> None:
    st.info(f"{what}: not measured yet.", icon=":material/pending:")
