"""The plots of the page *Monitoring*, readable on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cxr.language.language import Language
from cxr.site.monitor import Week
from cxr.site.watch_over import DayOfFilms
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS
from cxr.ui.look import ACCENT, FAINT
from cxr.ui.words import _, language, said

HEIGHT = 260
FLUSH_WITHIN = 24
"""Pixels from an end of the axis within which a day is written towards the middle, and so not cut off."""


def days_chart(days: Sequence[DayOfFilms]) -> alt.Chart:
    """Draw the films of each day, by flag."""
    order: tuple[Flag | None, ...] = (*FLAG_COLOURS, None)
    rows = [
        {"day": f"{day.date}", "flag": said(FLAG_WORDS[flag]), "films": count, "order": order.index(flag)}
        for day in days
        for flag, count in (day.films or {None: 0}).items()
    ]
    colours = alt.Scale(
        domain=[said(FLAG_WORDS[flag]) for flag in order],
        range=[*FLAG_COLOURS.values(), FAINT],
    )
    # The chart knows the months in English only.
    date = "%-d %b" if language() is Language.ENGLISH else "%m-%d"
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows), height=HEIGHT)
        .mark_bar()
        .encode(
            x=alt.X(
                "utcyearmonthdate(day):T",
                axis=alt.Axis(title=None, format=date, tickCount=6, labelFlush=FLUSH_WITHIN),
            ),
            y=alt.Y("sum(films):Q", axis=alt.Axis(title=_("Films a day"), tickMinStep=1)),
            color=alt.Color("flag:N", scale=colours, legend=alt.Legend(title=None, orient="top", columns=3)),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("day:N"), alt.Tooltip("flag:N"), alt.Tooltip("films:Q")],
        )
    )
    return chart


def agreement_chart(weeks: Sequence[Week], least: float | None) -> alt.LayerChart:
    """Draw the agreement of each week with its interval, and the limit of the stop rule."""
    rows = [
        {
            "week": f"{week.period.since.astimezone().date()}",
            "share": week.agreement.share.value,
            "low": week.agreement.share.low,
            "high": week.agreement.share.high,
            "cases": week.agreement.with_pneumonia + week.agreement.without,
        }
        for week in weeks
        if week.agreement.share
    ]
    x = alt.X("week:O", axis=alt.Axis(title=_("Week from"), labelAngle=0, labelOverlap=True))
    y = alt.Y(
        "share:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", title=_("Flag fits the finding"), tickCount=5),
    )
    found = alt.Chart(alt.InlineData(values=rows))
    tooltip = [alt.Tooltip("week:N"), alt.Tooltip("share:Q", format=".0%"), alt.Tooltip("cases:Q")]
    layers = [
        found.mark_rule(color=ACCENT).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        found.mark_circle(color=ACCENT, size=60, opacity=1).encode(x=x, y=y, tooltip=tooltip),
    ]
    if least is not None:
        limit = alt.Chart(alt.InlineData(values=[{"share": least}]))
        layers.append(limit.mark_rule(color=FAINT, strokeDash=[4, 4]).encode(y=y))
    return alt.LayerChart(layer=layers, height=HEIGHT)
