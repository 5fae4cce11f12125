"""Plot of simulated waiting times. Lines and words take the page's own colours, light or dark."""

from __future__ import annotations

import altair as alt

from cxr.triage.waits import ORDER_WORDS, Comparison, Measure, Order, Truth
from cxr.ui.widgets.evidence_charts import ACCENT, AXIS, FAINT, LEGEND_ROW, NAME_PIXELS

# Short enough for a legend on a narrow screen.
WORDS = {Truth.POSITIVE: "With pneumonia", Truth.NEGATIVE: "Without"}
COLOURS = {WORDS[Truth.POSITIVE]: ACCENT, WORDS[Truth.NEGATIVE]: FAINT}
# Reads on a light page and on a dark one.
INK = "#728087"
BAR, BAR_OPACITY, ROW = 13, 0.4, 46


def waiting_chart(found: Comparison, measure: Measure) -> alt.LayerChart:
    """Bars by order and truth, with the 95 % intervals over the repeats."""
    rows = [
        {
            "order": ORDER_WORDS[order],
            "truth": WORDS[truth],
            "hours": hours.value,
            "low": hours.low,
            "high": hours.high,
            "interval": f"{hours} h",
        }
        for order in Order
        for truth in Truth
        for hours in [found.of(order, truth).measure(measure)]
    ]
    colour = alt.Color(
        "truth:N",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(title=None, orient="top", columns=2, labelLimit=NAME_PIXELS),
    )
    chart = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("order:N", sort=None, axis=alt.Axis(title=None, labelLimit=NAME_PIXELS)),
        yOffset=alt.YOffset("truth:N", scale=alt.Scale(domain=list(COLOURS))),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=name.capitalize()) for name in ("order", "truth", "interval")
        ],
    )
    hours = alt.Axis(title=None, grid=True, tickCount=5)
    bars = chart.mark_bar(height=BAR, opacity=BAR_OPACITY).encode(
        x=alt.X("hours:Q", axis=hours), color=colour
    )
    intervals = chart.mark_rule(strokeWidth=3).encode(x="low:Q", x2="high:Q", color=colour)
    values = chart.mark_text(align="left", dx=5, color=INK, fontWeight=600).encode(
        x="high:Q", text=alt.Text("hours:Q", format=".1f")
    )
    height = len(Order) * ROW + AXIS + LEGEND_ROW
    return alt.LayerChart(layer=[bars, intervals, values], height=height)
