"""Plots of the evidence. Lines and words take the page's own colours, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

from cxr.evidence.estimate import Estimate
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.predictive import share_with_pneumonia
from cxr.evidence.stress import StressGroup
from cxr.triage.flag import Flag
from cxr.ui.widgets.film_view import LOOK
from cxr.ui.widgets.probability_bar import ZONES

COLOURS = {Flag(name): colour for name, colour in reversed(ZONES)} | {Flag.REFUSED: "#8566b8"}
# Reads on each of the flags' colours, on a light page and on a dark one.
ON_COLOUR = "#10181b"
ACCENT, OTHER, FAINT = "#2f97a5", "#c27a2c", "#8a979c"
LABELS = {Label.PNEUMONIA: "Pneumonia", Label.NORMAL: "Healthy", Label.OTHER: "Atypical"}
NARROWEST_NAMED = 0.07
NAME_PIXELS = 400
FULL_DROP, DROP_RANGE = 0.3, ["#fff6ea", "#e8741a"]
MOST_PREVALENT = 90
# Pixels of a whole chart, and what its axis and its legend take of them.
SQUARE, AXIS, LEGEND_ROW = 340, 45, 32

FLAG_COLOUR = alt.Color(
    "flag:N",
    scale=alt.Scale(domain=[LOOK[flag][0] for flag in COLOURS], range=list(COLOURS.values())),
    legend=None,
)
SHARE = alt.Axis(format="%", title=None, grid=True, tickCount=5)


def flags_chart(group: Group) -> alt.LayerChart:
    """Bars that add up to all films of a label, parted by flag."""
    rows = []
    for label in Label:
        start = 0.0
        for flag in COLOURS:
            found = group.flags.get(label, {}).get(flag)
            if found and found.value:
                rows.append(
                    {
                        "films": f"{LABELS[label]} ({group.labels[label]})",
                        "flag": LOOK[flag][0],
                        "share": found.value,
                        "from": start,
                        "to": start + found.value,
                        "middle": start + found.value / 2,
                        "interval": interval(found),
                    }
                )
                start += found.value
    chart = _chart(rows)
    films = alt.Y("films:N", title=None, sort=None)
    bars = chart.mark_bar(height=24).encode(
        x=alt.X("from:Q", axis=SHARE, scale=alt.Scale(domain=[0, 1])),
        x2="to:Q",
        y=films,
        color=FLAG_COLOUR,
        tooltip=_tooltip("films", "flag", "interval"),
    )
    words = (
        chart.transform_filter(alt.datum.share >= NARROWEST_NAMED)
        .mark_text(color=ON_COLOUR, fontWeight=600)
        .encode(x="middle:Q", y=films, text=alt.Text("share:Q", format=".0%"))
    )
    return _layers(bars, words, height=34 * len({row["films"] for row in rows}) + AXIS)


def reliability_chart(group: Group) -> alt.LayerChart:
    """What was said against what was found: on the diagonal the probability means what it says."""
    rows = [
        {
            "said": films.probability,
            "found": films.share.value,
            "low": films.share.low,
            "high": films.share.high,
            "films": films.films,
            "interval": interval(films.share),
        }
        for films in group.reliability
    ]
    ends = alt.Scale(domain=[0, 1])
    said = alt.X("said:Q", scale=ends, axis=alt.Axis(format="%", title="Probability given", tickCount=5))
    found = alt.Axis(format="%", title="Share with pneumonia", tickCount=5)
    diagonal = _chart([{"x": 0, "y": 0}, {"x": 1, "y": 1}]).mark_line(color=FAINT, strokeDash=[4, 4])
    chart = _chart(rows)
    bars = chart.mark_rule(color=ACCENT, strokeWidth=2).encode(
        x=said, y=alt.Y("low:Q", scale=ends, axis=found), y2="high:Q"
    )
    points = chart.mark_circle(color=ACCENT, size=70, opacity=1).encode(
        x=said, y="found:Q", tooltip=_tooltip("films", "said", "interval")
    )
    return _layers(diagonal.encode(x="x:Q", y="y:Q"), bars, points, height=SQUARE)


def predictive_chart(group: Group, prevalence: int) -> alt.LayerChart:
    """How many films of each flag show pneumonia, by how many of all films do; a line at one prevalence."""
    # What was refused is read by a person whatever it is worth, and is too little to tell.
    flags = [flag for flag in COLOURS if flag is not Flag.REFUSED and _used(group, flag)]
    rows = [
        {"here": here, "flag": LOOK[flag][0], "share": share_with_pneumonia(group, flag, here)}
        for flag in flags
        for here in (percent / 100 for percent in range(1, MOST_PREVALENT + 1))
    ]
    here = alt.X(
        "here:Q",
        scale=alt.Scale(domain=[0, MOST_PREVALENT / 100]),
        axis=alt.Axis(format="%", title="Pneumonia among all films", tickCount=5),
    )
    share = alt.Y(
        "share:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", title="Pneumonia among films of a flag", tickCount=5),
    )
    names = alt.Legend(
        title=None, orient="top", columns=2, labelLimit=NAME_PIXELS, values=[LOOK[flag][0] for flag in flags]
    )
    colour = FLAG_COLOUR.legend(names)
    lines = _chart(rows).mark_line(strokeWidth=3).encode(x=here, y=share, color=colour)
    rule = _chart([{"here": prevalence / 100}]).mark_rule(color=FAINT, strokeDash=[4, 4]).encode(x="here:Q")
    points = (
        _chart([row for row in rows if row["here"] == prevalence / 100])
        .mark_circle(size=120, opacity=1)
        .encode(x=here, y=share, color=colour, tooltip=[alt.Tooltip("share:Q", format=".1%"), "flag:N"])
    )
    return _layers(lines, rule, points, height=SQUARE + 2 * LEGEND_ROW)


def stress_chart(group: StressGroup, measure: str) -> alt.LayerChart:
    """A strip a shift, a cell a severity: the darker, the more is lost of a measure."""
    rows = [
        {
            "shift": effect.shift.replace("_", " ").capitalize(),
            "severity": str(effect.severity),
            "drop": drop.value,
            "interval": interval(drop),
        }
        for effect in group.effects
        if isinstance(drop := getattr(effect.drop, measure), Estimate)
    ]
    chart = _chart(rows).encode(
        x=alt.X("severity:O", axis=alt.Axis(title="Severity", labelAngle=0, orient="top")),
        y=alt.Y("shift:N", sort=None, title=None),
    )
    cells = chart.mark_rect(cornerRadius=3).encode(
        color=alt.Color(
            "drop:Q", scale=alt.Scale(range=DROP_RANGE, domain=[0, FULL_DROP], clamp=True), legend=None
        ),
        tooltip=_tooltip("shift", "severity", "interval"),
    )
    number = ".2f" if measure == "auroc" else ".0%"
    words = chart.mark_text(fontWeight=600, color=ON_COLOUR).encode(text=alt.Text("drop:Q", format=number))
    return _layers(cells, words, height=26 * len({row["shift"] for row in rows}) + AXIS)


def estimates_chart(
    found: Sequence[tuple[str, str, Estimate | None]],
    colours: Mapping[str, str],
    *,
    limit: float | None = None,
    domain: tuple[float, float] = (0, 1),
) -> alt.LayerChart:
    """Points with their intervals: (row, series, value) each, one colour a series, a line at a limit."""
    rows = [
        {
            "row": row,
            "series": series,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "interval": interval(estimate),
        }
        for row, series, estimate in found
        if estimate
    ]
    legends = len(colours) if len(colours) > 1 else 0
    series = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(title=None, orient="top", columns=1, labelLimit=NAME_PIXELS) if legends else None,
    )
    offset = alt.YOffset("series:N", scale=alt.Scale(domain=list(colours)))
    scale = alt.Scale(domain=domain, clamp=True)
    row = alt.Y("row:N", sort=None, axis=alt.Axis(title=None, labelLimit=NAME_PIXELS))
    chart = _chart(rows).encode(y=row, yOffset=offset, color=series)
    bars = chart.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", axis=SHARE, scale=scale), x2="high:Q")
    points = chart.mark_circle(size=110, opacity=1).encode(
        x=alt.X("value:Q", scale=scale), tooltip=_tooltip("row", "series", "interval")
    )
    limits = [] if limit is None else [{"limit": limit}]
    line = _chart(limits).mark_rule(color=FAINT, strokeDash=[4, 4]).encode(x=alt.X("limit:Q", scale=scale))
    rows_height = len({one["row"] for one in rows}) * max(30, 18 * len(colours))
    return _layers(bars, points, line, height=rows_height + AXIS + legends * LEGEND_ROW)


def interval(estimate: Estimate) -> str:
    """A share in per cent with its interval."""
    return f"{100 * estimate.value:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _used(group: Group, flag: Flag) -> bool:
    shares = (flags.get(flag) for flags in group.flags.values())
    return any(share and share.value for share in shares)


def _chart(rows: Iterable[Mapping[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _layers(*charts: alt.Chart, height: int) -> alt.LayerChart:
    return alt.LayerChart(layer=list(charts), height=height)


def _tooltip(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:N", title=name.capitalize()) for name in names]
