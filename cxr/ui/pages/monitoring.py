"""Page: monitoring. What the days up to now show, from top to bottom as on the screen."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.measure.drift import FEWEST, Drift, Verdict
from cxr.site.agreement import Agreement
from cxr.site.monitor import Monitoring
from cxr.site.stop_rule import apply_stop_rule
from cxr.site.watch_over import Watched, watch_over
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS
from cxr.ui.look import BadgeColour, badge
from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.case_link import leave_case
from cxr.ui.widgets.counted import films
from cxr.ui.widgets.monitoring_plots import agreement_chart, days_chart
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.site_warnings import forget_warnings
from cxr.ui.widgets.times import duration
from cxr.ui.words import N_, _, said, written

DAYS = {7: N_("Week"), 28: N_("4 weeks"), 91: N_("13 weeks")}
VERDICTS: dict[Verdict, tuple[BadgeColour, str, str]] = {
    Verdict.NONE: ("green", ":material/check:", N_("No drift")),
    Verdict.WATCH: ("orange", ":material/visibility:", N_("Watch")),
    Verdict.DRIFTED: ("red", ":material/warning:", N_("Drifted")),
    Verdict.TOO_FEW: ("gray", ":material/hourglass_top:", N_("Too few films")),
}


def show_summary(found: Monitoring) -> None:
    """Show what somebody has to look at, then the figures of a glance."""
    for alarm in found.alarms:
        st.warning(said(alarm), icon=":material/warning:")
    inflow, queue = found.inflow, found.queue
    agreement = found.agreement.share
    waits = (
        _("oldest {duration}", duration=duration(queue.oldest_seconds))
        if queue.waiting
        else _("nothing waits")
    )
    late = inflow.late_seconds
    figures = (
        (
            _("Films a day"),
            written(inflow.films_a_day, 1),
            _("{films} accepted", films=written(inflow.films)),
        ),
        (
            _("Agreement"),
            "–" if agreement is None else written(agreement.value, 2),
            _("{cases} read", cases=written(found.agreement.cases)),
        ),
        (
            _("Accepted to scored"),
            "–" if inflow.median_seconds is None else duration(inflow.median_seconds),
            "" if late is None else _("95 of 100 within {duration}", duration=duration(late)),
        ),
        (_("Waiting now"), written(queue.waiting), waits),
    )
    for column, (label, value, detail) in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            st.metric(label, value)
            st.caption(detail)


def show_plots(watched: Watched, least: float | None) -> None:
    """Show films a day and agreement by week, side by side."""
    films, agreement = st.columns(2, gap="medium")
    with films:
        st.header(_("What came in?"), anchor=False)
        if watched.monitoring.inflow.films:
            st.altair_chart(days_chart(watched.days), alt=_("Films of each day, by flag"))
        else:
            st.markdown(_("No film came in."))
    with agreement:
        st.header(_("Do readers agree with flags?"), anchor=False)
        weeks = watched.monitoring.weeks
        if any(week.agreement.share for week in weeks):
            st.altair_chart(agreement_chart(weeks, least), alt=_("Agreement of each week, with its interval"))
        else:
            st.markdown(_("No case that counts has been read."))


def show_drift(found: Monitoring) -> None:
    """Show a plain verdict for each age group, and what it is measured against."""
    st.header(_("Have scores drifted?"), anchor=False)
    if not found.drift:
        st.markdown(_("No film was scored."))
        return
    for population, drift in found.drift.items():
        who = said(POPULATION_WORDS[population]).capitalize()
        st.markdown(f"{_verdict(drift)} **{who}**: {_figures(drift)}")
    st.caption(
        _(
            "Logits of {network} against those of {reference}. *Drifted* says that something changed, not "
            "what: machine, processing, patients or model.",
            network=found.network,
            reference=_reference(found.reference),
        )
    )


def show_tables(found: Monitoring) -> None:
    """Show flags, refusals and weeks as tables."""
    flags, weeks = st.columns([1, 2], gap="medium")
    with flags:
        st.header(_("Flags and refusals"), anchor=False)
        rows = [(said(FLAG_WORDS[flag]), count) for flag, count in found.inflow.flags.items()]
        rows += [
            (_("Not scored: {reason}", reason=said(code.replace("_", " "))), count)
            for code, count in found.inflow.refusals.items()
        ]
        st.dataframe(
            {"": [name for name, count in rows], _("Films"): [count for name, count in rows]}, hide_index=True
        )
    with weeks:
        st.header(_("Week by week"), anchor=False)
        st.dataframe(
            {
                _("From"): [f"{week.period.since.astimezone().date()}" for week in found.weeks],
                _("Films"): [week.films for week in found.weeks],
            }
            | {said(FLAG_WORDS[flag]): [week.flags[flag] for week in found.weeks] for flag in Flag}
            | {
                _("Flag fits"): [said(week.agreement.share or "–") for week in found.weeks],
                _("Readers agree"): [_answers(week.agreement) for week in found.weeks],
            },
            hide_index=True,
        )


def _answers(agreement: Agreement) -> str:
    answers = agreement.said_agree + agreement.said_disagree
    return _("{agree} of {answers}", agree=agreement.said_agree, answers=answers) if answers else "–"


def _verdict(drift: Drift) -> str:
    colour, icon, words = VERDICTS[drift.verdict]
    return badge(colour, icon, _(words))


def _figures(drift: Drift) -> str:
    if drift.stability_index is None or drift.p_value is None or drift.median_shift is None:
        return _(
            "{films} against {reference}, and {fewest} are needed on each side.",
            films=films(drift.films),
            reference=drift.reference_films,
            fewest=FEWEST,
        )
    return _(
        "PSI {index}, KS p {p_value}, median logit {shift} ({films} films against {reference}).",
        index=written(drift.stability_index, 2),
        p_value=f"< {written(0.001, 3)}" if drift.p_value < 0.001 else f"= {written(drift.p_value, 3)}",
        shift=("+" if drift.median_shift >= 0 else "") + written(drift.median_shift, 2),
        films=drift.films,
        reference=drift.reference_films,
    )


def _reference(words: str) -> str:
    since, to, until = words.partition(" to ")
    return _("{since} to {until}", since=since, until=until) if to else said(words)


leave_case()
show_head(_("Monitoring"))
ask_reader()
show_notices()
with stopping_on_errors():
    forget_warnings()
    if apply_stop_rule(worklist()):
        st.rerun()
    least = worklist().site.state().least_agreement
    days = st.segmented_control(
        _("Period"),
        list(DAYS),
        format_func=lambda days: _(DAYS[days]),
        default=28,
        required=True,
        key="monitoring-days",
    )
    watched = watch_over(worklist(), days or 28, datetime.datetime.now(datetime.UTC), least)
    show_summary(watched.monitoring)
    show_plots(watched, least)
    show_drift(watched.monitoring)
    show_tables(watched.monitoring)
