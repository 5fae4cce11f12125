"""Plot of simulated waiting times, readable on a light page and on a dark one."""

from __future__ import annotations

import textwrap

import altair as alt

from cxr.triage.waits import ORDER_WORDS, Comparison, Measure, Order, Truth
from cxr.ui.look import ACCENT, CHART_TEXT, FAINT
from cxr.ui.words import N_, _, said, written

# Short enough for a legend on a narrow screen.
WORDS = {Truth.POSITIVE: N_("With pneumonia"), Truth.NEGATIVE: N_("Without")}
COLOURS = {Truth.POSITIVE: ACCENT, Truth.NEGATIVE: FAINT}
HEIGHT, BAR_HEIGHT, LABEL_PIXELS, LABEL_WIDTH = 290, 13, 400, 24
LINE_CHARACTERS = 13
ROOM_FOR_VALUE = 1.45
"""The axis is so much longer than the longest bar, which has its value behind it."""


def waiting_chart(found: Comparison, measure: Measure) -> alt.LayerChart:
    """Draw bars by order and truth, with their 95 % intervals."""
    rows = [
        {
            "order": said(ORDER_WORDS[order]),
            "lines": "\n".join(textwrap.wrap(said(ORDER_WORDS[order]), LINE_CHARACTERS)),
            "films": _(WORDS[truth]),
            "hours": hours.value,
            "shown": written(hours.value, 1),
            "low": hours.low,
            "high": hours.high,
            "interval": said(f"{hours} h"),
        }
        for order in Order
        for truth in Truth
        for hours in [found.of(order, truth).measure(measure)]
    ]
    domain = [_(WORDS[truth]) for truth in COLOURS]
    legend = alt.Legend(title=None, orient="top", columns=1, labelLimit=LABEL_PIXELS)
    colour = alt.Color("films:N", scale=alt.Scale(domain=domain, range=list(COLOURS.values())), legend=legend)
    # In short lines, so that bars and legend keep most of the width.
    names = alt.Axis(
        title=None, labelLimit=LABEL_PIXELS, labelOverlap=False, labelExpr=r"split(datum.label, '\n')"
    )
    chart = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("lines:N", sort=None, axis=names),
        yOffset=alt.YOffset("films:N", scale=alt.Scale(domain=domain)),
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("order", "films", "interval")],
    )
    # The last label ends at the edge of the plot, where it would be cut off.
    hours = alt.Axis(title=None, grid=True, tickCount=5, labelFlush=LABEL_WIDTH)
    most = max(found.of(order, truth).measure(measure).high for order in Order for truth in Truth)
    scale = alt.Scale(domain=[0, ROOM_FOR_VALUE * most])
    bars = chart.mark_bar(height=BAR_HEIGHT, opacity=0.4).encode(
        x=alt.X("hours:Q", axis=hours, scale=scale), color=colour
    )
    intervals = chart.mark_rule(strokeWidth=3).encode(x="low:Q", x2="high:Q", color=colour)
    values = chart.mark_text(align="left", dx=5, color=CHART_TEXT, fontWeight=600).encode(
        x="high:Q", text="shown:N"
    )
    return alt.LayerChart(layer=[bars, intervals, values], height=HEIGHT)
