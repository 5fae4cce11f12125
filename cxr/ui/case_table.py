"""The worklist as a table of which one row can be opened."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence

import streamlit as st

from cxr.triage.flag import Flag
from cxr.ui.film_view import LOOK, WAITING
from cxr.worklist.case import Case
from cxr.worklist.ranking import Ranked

TABLE = "cases"
OPEN = "open"
"""Where the session keeps the number of the open case."""
FILTERS = (*(LOOK[flag][0] for flag in Flag), WAITING[0])
SIGNS = dict(zip(FILTERS, ("▲", "◆", "●", "✕", "…"), strict=True))
COLOURS = ("red", "orange", "green", "violet", "gray")
ROW_HEIGHT = 64
VISIBLE_ROWS = 7
COLUMNS = {
    "rank": st.column_config.NumberColumn("Rank", width=56),
    "film": st.column_config.ImageColumn("Film", width=72),
    "flag": st.column_config.MultiselectColumn(
        "Flag", options=[f"{SIGNS[name]} {name}" for name in FILTERS], color=COLOURS, width=110
    ),
    "probability": st.column_config.ProgressColumn(
        "Probability", min_value=0.0, max_value=1.0, format="percent", width=110
    ),
    "name": st.column_config.TextColumn("Name", width="medium"),
    "waited": st.column_config.TextColumn("Waited", width=100),
    "why": st.column_config.TextColumn("Why here", width="large"),
}


def lane(case: Case) -> str:
    """Word for a case's flag, or for its having none yet."""
    return LOOK[case.flag][0] if case.flag else WAITING[0]


def show_table(shown: Sequence[Ranked]) -> None:
    """Show ranked cases; the row that the user selects is the open case, and the open case is selected.

    The selection is kept by case and written anew by place, so that it follows its film through the list.
    """
    if not shown:
        st.info("No film is left with this filter.", icon=":material/filter_alt_off:")
        return
    numbers = [ranked.case.number for ranked in shown]

    def open_selected() -> None:
        rows = st.session_state[TABLE]["selection"]["rows"]
        st.session_state[OPEN] = numbers[rows[0]] if rows else None

    opened = st.session_state.get(OPEN)
    rows = [numbers.index(opened)] if opened in numbers else []
    st.session_state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        _columns(shown),
        key=TABLE,
        hide_index=True,
        height=min(len(shown), VISIBLE_ROWS) * ROW_HEIGHT + 40,
        row_height=ROW_HEIGHT,
        on_select=open_selected,
        selection_mode="single-row",
        column_config=COLUMNS,
    )


def waited(time: datetime.timedelta) -> str:
    """A waiting time in words: '4 min', '2 h 05 min', '3 d 4 h'."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else "under 1 min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    return f"{hours // 24} d {hours % 24} h"


def _columns(shown: Sequence[Ranked]) -> dict[str, list[object]]:
    cases = [ranked.case for ranked in shown]
    return {
        "rank": [ranked.rank for ranked in shown],
        "film": [_data_uri(case.thumbnail) for case in cases],
        "flag": [[f"{SIGNS[lane(case)]} {lane(case)}"] for case in cases],
        "probability": [case.probability for case in cases],
        "name": [case.name for case in cases],
        "waited": [waited(ranked.waited) for ranked in shown],
        "why": [_why(ranked) for ranked in shown],
    }


def _why(ranked: Ranked) -> str:
    """What a reader wants to know of a row: why it was not scored, or else why it stands there."""
    if ranked.case.flag is Flag.REFUSED:
        return " ".join(reason.sentence for reason in ranked.case.reasons)
    return ranked.why


def _data_uri(jpeg: bytes | None) -> str | None:
    return None if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
