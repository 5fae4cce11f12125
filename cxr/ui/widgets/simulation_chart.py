"""Plot of simulated waiting times, readable on a light page and on a dark one."""

from __future__ import annotations

import altair as alt

from cxr.triage.waits import ORDER_WORDS, Comparison, Measure, Order, Truth
from cxr.ui.look import ACCENT, CHART_TEXT, FAINT
from cxr.ui.words import N_, _, said

# Short enough for a legend on a narrow screen.
WORDS = {Truth.POSITIVE: N_("With pneumonia"), Truth.NEGATIVE: N_("Without")}
COLOURS = {Truth.POSITIVE: ACCENT, Truth.NEGATIVE: FAINT}
HEIGHT, BAR_HEIGHT, LABEL_PIXELS = 215, 13, 400


def waiting_chart(found: Comparison, measure: Measure) -> alt.LayerChart:
    """Draw bars by order and truth, with their 95 % intervals."""
    rows = [
        {
            "order": said(ORDER_WORDS[order]),
            "films": _(WORDS[truth]),
            "hours": hours.value,
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
    chart = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("order:N", sort=None, axis=alt.Axis(title=None, labelLimit=LABEL_PIXELS)),
        yOffset=alt.YOffset("films:N", scale=alt.Scale(domain=domain)),
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("order", "films", "interval")],
    )
    hours = alt.Axis(title=None, grid=True, tickCount=5)
    bars = chart.mark_bar(height=BAR_HEIGHT, opacity=0.4).encode(x=alt.X("hours:Q", axis=hours), color=colour)
    intervals = chart.mark_rule(strokeWidth=3).encode(x="low:Q", x2="high:Q", color=colour)
    values = chart.mark_text(align="left", dx=5, color=CHART_TEXT, fontWeight=600).encode(
        x="high:Q", text=alt.Text("hours:Q", format=".1f")
    )
    return alt.LayerChart(layer=[bars, intervals, values], height=HEIGHT)
