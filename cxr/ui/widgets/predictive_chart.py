"""Plot of what a flag means at each prevalence, readable on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from cxr.evidence.evaluation import Group
from cxr.evidence.predictive import share_with_pneumonia
from cxr.triage.flag import FLAG_OF_POINTS, Flag
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS
from cxr.ui.look import FAINT
from cxr.ui.widgets.percent_axis import percent_axis
from cxr.ui.words import _, percentage, said

SCORED_FLAGS = tuple(reversed(FLAG_OF_POINTS))
HIGHEST_PERCENT = 90
HEIGHT = 340


def predictive_chart(group: Group, percent: int) -> alt.LayerChart:
    """Draw the share of pneumonia among the films of each flag, with the chosen prevalence marked."""
    flags = [flag for flag in SCORED_FLAGS if _occurs(group, flag)]
    rows: list[dict[str, object]] = [
        {
            "prevalence": share,
            "flag": said(FLAG_WORDS[flag]),
            "pneumonia": pneumonia,
            "words": "" if pneumonia is None else percentage(pneumonia),
        }
        for flag in flags
        for share in (one / 100 for one in range(1, HIGHEST_PERCENT + 1))
        for pneumonia in [share_with_pneumonia(group, flag, share)]
    ]
    colour = alt.Color(
        "flag:N",
        scale=alt.Scale(
            domain=[said(FLAG_WORDS[flag]) for flag in flags], range=[FLAG_COLOURS[flag] for flag in flags]
        ),
        legend=alt.Legend(title=None, orient="top", columns=3),
    )
    x = alt.X(
        "prevalence:Q",
        scale=alt.Scale(domain=[0, HIGHEST_PERCENT / 100]),
        axis=percent_axis(_("Pneumonia among all films")),
    )
    y = alt.Y(
        "pneumonia:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=percent_axis(_("Pneumonia among films of a flag")),
    )
    here = percent / 100
    lines = _chart(rows).mark_line(strokeWidth=3).encode(x=x, y=y, color=colour)
    rule = _chart([{"prevalence": here}]).mark_rule(color=FAINT, strokeDash=[4, 4]).encode(x="prevalence:Q")
    tooltip = [alt.Tooltip("words:N", title=_("Pneumonia among films of a flag")), alt.Tooltip("flag:N")]
    points = (
        _chart([row for row in rows if row["prevalence"] == here])
        .mark_circle(size=120, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip)
    )
    return alt.LayerChart(layer=[lines, rule, points], height=HEIGHT)


def _occurs(group: Group, flag: Flag) -> bool:
    shares = (flags.get(flag) for flags in group.flags.values())
    return any(share and share.value for share in shares)


def _chart(rows: Sequence[dict[str, object]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))
