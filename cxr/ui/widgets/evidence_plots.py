"""The plots of the page *Evidence*, readable on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cxr.evidence.evaluation import Evaluation, Group
from cxr.evidence.predictive import of_a_hundred
from cxr.film import Population
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS
from cxr.ui.look import ACCENT, FAINT
from cxr.ui.widgets.evidence_words import SHOWS, place
from cxr.ui.widgets.percent_axis import percent_axis
from cxr.ui.words import _, percentage, said

HEIGHT, ROW, BAR = 340, 34, 14
"""Heights in pixels: of a plot, of a row of bars with the name above it, of its bars."""


def flags_chart(evaluations: Sequence[Evaluation], population: Population | None) -> alt.Chart:
    """Draw how many of a hundred patients with and without pneumonia get each flag, hospital by hospital."""
    rows = [
        {
            "who": _("{place}, {films}", place=f"{where[:1].upper()}{where[1:]}", films=_(words)),
            "flag": said(FLAG_WORDS[flag]),
            "patients": counts[flag],
            "order": list(FLAG_COLOURS).index(flag),
        }
        for evaluation in evaluations
        for group in evaluation.sources
        if group.population is population
        for where in [place(group)]
        for label, words in SHOWS.items()
        if (counts := of_a_hundred(group, label))
        for flag in FLAG_COLOURS
        if counts.get(flag)
    ]
    # Beside the bars, the names would leave them a third of the width.
    names_above = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelAlign="left",
        labelPadding=0,
        labelOffset=-9,
        labelLimit=360,
    )
    names = [said(FLAG_WORDS[flag]) for flag in FLAG_COLOURS]
    colours = alt.Scale(domain=names, range=list(FLAG_COLOURS.values()))
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows), height=alt.Step(ROW))
        .mark_bar(height=BAR, yOffset=BAR / 2)
        .encode(
            x=alt.X(
                "patients:Q",
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(title=_("Of 100 patients"), tickCount=5),
            ),
            y=alt.Y("who:N", sort=None, axis=names_above),
            color=alt.Color("flag:N", scale=colours, legend=alt.Legend(title=None, orient="top", columns=2)),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("who:N"), alt.Tooltip("flag:N"), alt.Tooltip("patients:Q")],
        )
    )
    return chart


def reliability_chart(group: Group) -> alt.LayerChart:
    """Draw the probability given against the share of pneumonia found, with 95 % intervals."""
    rows = [
        {
            "given": one.probability,
            "found": one.share.value,
            "given_words": percentage(one.probability),
            "found_words": percentage(one.share.value),
            "low": one.share.low,
            "high": one.share.high,
            "films": one.films,
        }
        for one in group.reliability
    ]
    whole = alt.Scale(domain=[0, 1])
    x = alt.X("given:Q", scale=whole, axis=percent_axis(_("Probability given")))
    y = alt.Y("found:Q", scale=whole, axis=percent_axis(_("Pneumonia found")))
    ends = alt.Chart(alt.InlineData(values=[{"given": 0, "found": 0}, {"given": 1, "found": 1}]))
    films = alt.Chart(alt.InlineData(values=rows))
    tooltip = [
        alt.Tooltip("given_words:N", title=_("Probability given")),
        alt.Tooltip("found_words:N", title=_("Pneumonia found")),
    ]
    return alt.LayerChart(
        layer=[
            ends.mark_line(color=FAINT, strokeDash=[4, 4]).encode(x=x, y=y),
            films.mark_rule(color=ACCENT).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
            films.mark_circle(color=ACCENT, size=60, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        ],
        height=HEIGHT,
    )
