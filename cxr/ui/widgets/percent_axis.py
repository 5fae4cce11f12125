"""Axis of shares, in per cent as the pages write it."""

from __future__ import annotations

import altair as alt

from cxr.ui.words import percentage


def percent_axis(title: str) -> alt.Axis:
    """Return an axis for shares from 0 to 1."""
    sign = percentage(0, 0).removeprefix("0")
    return alt.Axis(labelExpr=f"round(100 * datum.value) + '{sign}'", title=title, tickCount=5)
