"""The folded tables of the page *Evidence*."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cxr.evidence.label import Label
from cxr.evidence.metrics_file import SETS, Evidence
from cxr.evidence.shortcuts import MOST_SHORTCUT
from cxr.film import Population
from cxr.model.estimate import Estimate
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS
from cxr.ui.widgets.counted import films
from cxr.ui.widgets.evidence_words import PEOPLE, people, place, share_words
from cxr.ui.words import N_, _, percentage, said, written

LABELS = {Label.PNEUMONIA: N_("Pneumonia"), Label.NORMAL: N_("Healthy"), Label.OTHER: N_("Atypical")}
LOST = {
    "auroc": N_("Order of films (AUROC)"),
    "specificity_low": N_("Healthy films left routine"),
    "sensitivity_low": N_("Pneumonia not left routine"),
}


def show_flags(evidence: Evidence) -> None:
    """Show how the flags are distributed at each source of each set."""
    for name, evaluation in evidence.sets.items():
        what, done = SETS[name]
        st.markdown(f"**{said(what.capitalize())}**: {said(done)}.")
        _table(
            {
                _("Films"): f"{_(LABELS[label])}, {people(group)}, {place(group)}",
                _("Count"): group.labels[label],
                **{
                    said(FLAG_WORDS[flag]): share_words(group.flags[label].get(flag)) for flag in FLAG_COLOURS
                },
            }
            for group in evaluation.sources
            for label in Label
            if label in group.flags
        )


def show_stress(evidence: Evidence) -> None:
    """Show what is lost when films come from another machine."""
    if not evidence.stress:
        _not_measured(_("The effect of changes of grey levels, sharpness or position"))
        return
    st.markdown(
        _(
            "Films kept out of training, altered as another machine or storage format would alter them. "
            "Severity "
            "2 is what you may plausibly meet. The values show the loss."
        )
    )
    lost = st.segmented_control(
        _("Measure"), list(LOST), format_func=lambda name: _(LOST[name]), default="auroc", required=True
    )
    for column, group in zip(st.columns(2, gap="large"), evidence.stress.groups, strict=False):
        drops: dict[str, dict[str, Any]] = {}
        for effect in group.effects:
            drop: Estimate | None = getattr(effect.drop, lost or "auroc")
            row = drops.setdefault(
                effect.shift, {_("Change"): said(effect.shift.replace("_", " ").capitalize())}
            )
            row[_("Severity {severity}", severity=effect.severity)] = (
                "" if drop is None else f"{drop.value:+.3f}"
            )
        with column:
            st.caption(
                _(
                    "{people}: {films}",
                    people=_(PEOPLE[group.population]).capitalize(),
                    films=films(group.films),
                )
            )
            _table(drops.values())


def show_heat(evidence: Evidence) -> None:
    """Show how the heat map agrees with the boxes that radiologists drew."""
    adults = evidence.holdout.population(Population.ADULT)
    heat = adults.heat if adults else None
    if not heat:
        _not_measured(_("The agreement of the heat map with radiologists' boxes"))
        return
    st.markdown(
        _(
            "Radiologists drew boxes around the opacities of adults. A hit is a film whose hottest point "
            "lies in "
            "a box. By chance the share of hits would be the share of the film that the boxes cover."
        )
    )
    without = evidence.heat_comparison.without if evidence.heat_comparison else None
    if not without:
        _not_measured(_("A model trained without boxes"))
    rows = [(_("This model"), heat.hit_rate, heat.energy_in_box)]
    if without:
        rows.append((_("A model trained without boxes"), without.hit_rate, without.energy_in_box))
    rows.append((_("By chance"), heat.box_area, heat.box_area))
    _table(
        {"": who, _("Hits"): share_words(hits), _("Heat in boxes"): share_words(inside)}
        for who, hits, inside in rows
    )


def show_refusals(evidence: Evidence) -> None:
    """Show what the quality check refuses, by kind, and how many films it refuses needlessly."""
    check = evidence.quality
    if not check:
        _not_measured(_("What the quality check refuses"))
        return
    st.markdown(_("Chest films that were refused needlessly:"))
    _table(
        {_("Films"): _(PEOPLE[population]).capitalize(), _("Refused"): share_words(share)}
        for population, share in check.false_refusals.items()
    )
    st.markdown(_("Images that are not frontal chest films, the least often refused first:"))
    _table(
        {
            _("Image"): said(kind.words),
            _("Refused"): share_words(kind.refused),
            _("In training"): _("Yes") if kind.seen else _("No"),
        }
        for kind in sorted((*check.kinds, *check.left_out), key=lambda kind: kind.refused.value)
    )


def show_shortcuts(evidence: Evidence) -> None:
    """Show whether the model finds pneumonia where it cannot be seen."""
    if not evidence.audit:
        _not_measured(_("Whether the model relies on markers, borders or the hospital"))
        return
    st.markdown(
        _(
            "Films reduced to their border, and films with the lungs covered. 50 % means that the "
            "model finds nothing there, as it should; up to {most} % does not count as a shortcut. "
            "Effect is how well what is left separates films with pneumonia from films without, as a "
            "share of what whole films achieve.",
            most=written(100 * MOST_SHORTCUT),
        )
    )
    _table(
        {
            _("Films"): f"{name}, {_(PEOPLE[one.population])}",
            _("Separated (AUROC)"): share_words(one.leak),
            _("Effect"): "" if one.effect is None else percentage(one.effect.value),
        }
        for name, shortcuts in (
            (_("Border alone"), evidence.audit.border_alone),
            (_("Lungs covered"), evidence.audit.lungs_blanked),
        )
        for one in shortcuts
    )


def _table(rows: Any) -> None:
    st.dataframe(list(rows), hide_index=True, height="content")


def _not_measured(what: str) -> None:
    st.info(_("{what}: not measured yet.", what=what), icon=":material/pending:")
