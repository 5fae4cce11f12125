"""Page: monitoring. What the days up to now show, from top to bottom as on the screen."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.measure.drift import Drift, Verdict
from cxr.site.monitor import Monitoring
from cxr.site.stop_rule import apply_stop_rule
from cxr.site.watch_over import Watched, watch_over
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS
from cxr.ui.look import BadgeColour, badge
from cxr.ui.service import worklist
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.case_link import leave_case
from cxr.ui.widgets.monitoring_plots import agreement_chart, days_chart
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.site_warnings import forget_warnings
from cxr.ui.widgets.times import duration

DAYS = {7: "Week", 28: "4 weeks", 91: "13 weeks"}
VERDICTS: dict[Verdict, tuple[BadgeColour, str]] = {
    Verdict.NONE: ("green", ":material/check:"),
    Verdict.WATCH: ("orange", ":material/visibility:"),
    Verdict.DRIFTED: ("red", ":material/warning:"),
    Verdict.TOO_FEW: ("gray", ":material/hourglass_top:"),
}


def show_summary(found: Monitoring) -> None:
    """Show what somebody has to look at, then the figures of a glance."""
    for alarm in found.alarms:
        st.warning(alarm, icon=":material/warning:")
    inflow, queue = found.inflow, found.queue
    agreement = found.agreement.share
    waits = f"oldest {duration(queue.oldest_seconds)}" if queue.waiting else "nothing waits"
    late = inflow.late_seconds
    figures = (
        ("Films a day", f"{inflow.films_a_day:.1f}", f"{inflow.films:,} accepted"),
        (
            "Agreement",
            "–" if agreement is None else f"{agreement.value:.2f}",
            f"{found.agreement.cases:,} read",
        ),
        (
            "Accepted to scored",
            "–" if inflow.median_seconds is None else duration(inflow.median_seconds),
            "" if late is None else f"95 of 100 within {duration(late)}",
        ),
        ("Waiting now", f"{queue.waiting:,}", waits),
    )
    for column, (label, value, detail) in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            st.metric(label, value)
            st.caption(detail)


def show_plots(watched: Watched, least: float | None) -> None:
    """Show films a day and agreement by week, side by side."""
    films, agreement = st.columns(2, gap="medium")
    with films:
        st.header("What came in?", anchor=False)
        st.altair_chart(days_chart(watched.days), alt="Films of each day, by flag")
    with agreement:
        st.header("Do readers agree with flags?", anchor=False)
        weeks = watched.monitoring.weeks
        if any(week.agreement.share for week in weeks):
            st.altair_chart(agreement_chart(weeks, least), alt="Agreement of each week, with its interval")
        else:
            st.markdown("Nobody read a case that counts.")


def show_drift(found: Monitoring) -> None:
    """Show a plain verdict for each age group, and what it is measured against."""
    st.header("Have scores drifted?", anchor=False)
    if not found.drift:
        st.markdown("No film was scored.")
    for population, drift in found.drift.items():
        figures = str(drift).removeprefix(f"{drift.verdict}: ")
        st.markdown(f"{_verdict(drift)} **{POPULATION_WORDS[population].capitalize()}**: {figures}")
    st.caption(
        f"Logits of {found.network or 'no model'} against those of {found.reference}. *Drifted* says that "
        "something "
        "changed, not what: machine, processing, patients or model."
    )


def show_tables(found: Monitoring) -> None:
    """Show flags, refusals and weeks as tables."""
    flags, weeks = st.columns([1, 2], gap="medium")
    with flags:
        st.header("Flags and refusals", anchor=False)
        rows = [(FLAG_WORDS[flag], count) for flag, count in found.inflow.flags.items()]
        rows += [(f"Not scored: {code.replace('_', ' ')}", n) for code, n in found.inflow.refusals.items()]
        st.dataframe({"": [name for name, _ in rows], "Films": [n for _, n in rows]}, hide_index=True)
    with weeks:
        st.header("Week by week", anchor=False)
        st.dataframe(
            {
                "From": [f"{week.period.since.astimezone().date()}" for week in found.weeks],
                "Films": [week.films for week in found.weeks],
            }
            | {FLAG_WORDS[flag]: [week.flags[flag] for week in found.weeks] for flag in Flag}
            | {
                "Flag fits": [str(week.agreement.share or "–") for week in found.weeks],
                "Readers agree": [
                    f"{week.agreement.said_agree} of "
                    f"{week.agreement.said_agree + week.agreement.said_disagree}"
                    for week in found.weeks
                ],
            },
            hide_index=True,
        )


def _verdict(drift: Drift) -> str:
    colour, icon = VERDICTS[drift.verdict]
    return badge(colour, icon, drift.verdict.capitalize())


leave_case()
show_head("Monitoring")
ask_reader()
show_notices()
with stopping_on_errors():
    forget_warnings()
    if apply_stop_rule(worklist()):
        st.rerun()
    least = worklist().site.state().least_agreement
    days = st.segmented_control(
        "Period", list(DAYS), format_func=DAYS.__getitem__, default=28, required=True, key="monitoring-days"
    )
    watched = watch_over(worklist(), days or 28, datetime.datetime.now(datetime.UTC), least)
    show_summary(watched.monitoring)
    show_plots(watched, least)
    show_drift(watched.monitoring)
    show_tables(watched.monitoring)
