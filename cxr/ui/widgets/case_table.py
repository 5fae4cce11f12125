"""A page of the worklist as a table: rows are selected, and the number in a row opens its case."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.ui.widgets.film_view import LOOK, WAITING
from cxr.ui.widgets.list_filters import SELECTED, STATES
from cxr.ui.widgets.patients import patients
from cxr.ui.widgets.times import moment, waited
from cxr.worklist.case import Case, State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import Ranked

REDRAWN = "redrawn"
"""Where the session counts how often rows went under the reader's hands: each time makes a new table."""
GO_TO = "go_to"
"""Where the session keeps the number of the case that is to be opened."""
CLICKED = "clicked"
SIGNS = {"Urgent": "▲", "Review": "◆", "Routine": "●", "Not scored": "✕", "To be scored": "…"}
RAISED = {Urgency.HIGH: "⬆ High", Urgency.STAT: "⬆ Stat"}
CHIPS = [*(f"{sign} {word}" for word, sign in SIGNS.items()), *RAISED.values()]
COLOURS = ["red", "orange", "green", "violet", "gray", "blue", "blue"]
LEAST = 0.1
ROW_HEIGHT = 56
VISIBLE_ROWS = 7
SHOWN = {
    ListView.TO_READ: (
        *("rank", "case", "film", "flag", "probability", "waited", "state", "reader", "name", "why"),
    ),
    ListView.READ: ("case", "film", "flag", "probability", "finding", "agrees", "reader", "read", "name"),
    ListView.DISMISSED: ("case", "film", "flag", "probability", "taken off", "name"),
}
AGREES = {True: "Yes", False: "No", None: ""}


def flag_word(case: Case) -> str:
    """Word for a case's flag, or for its having none yet."""
    return LOOK[case.flag][0] if case.flag else WAITING[0]


def selected() -> set[int]:
    """Numbers of the selected cases, also of those on other pages."""
    chosen: set[int] = st.session_state.setdefault(SELECTED, set())
    return chosen


def show_table(shown: Sequence[Ranked], wanted: Filter, offset: int) -> None:
    """Show ranked cases.

    The selection is kept by case and written anew by place, so that it follows its films through the list.
    Another list, page or filter is another table: the browser would send the places selected in the old one.
    """
    list_view = wanted.list_view
    numbers = [ranked.case.number for ranked in shown]
    looked_at = replace(wanted, arrived_from=None), wanted.arrived_from is None, offset
    key = f"cases-{hash(looked_at)}-{st.session_state.get(REDRAWN, 0)}"

    def select() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        here = {numbers[row] for row in rows if row < len(numbers)}
        st.session_state[SELECTED] = selected() - set(numbers) | here

    rows = [row for row, number in enumerate(numbers) if number in selected()]
    columns = {name: [CELLS[name](ranked) for ranked in shown] for name in SHOWN[list_view]}
    if who := patients(numbers):
        columns = _put_in(columns, "film", "patient", [who.get(number, "") for number in numbers])
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        columns,
        key=key,
        hide_index=True,
        height=min(max(len(shown), 2), VISIBLE_ROWS) * ROW_HEIGHT + 40,
        row_height=ROW_HEIGHT,
        on_select=select,
        selection_mode="multi-row",
        column_config=_configuration(),
    )


def redraw() -> None:
    """Let the next table be a new one: rows went or came by what this reader did."""
    st.session_state[REDRAWN] = st.session_state.get(REDRAWN, 0) + 1


def _put_in(
    columns: dict[str, list[object]], before: str, name: str, cells: list[object]
) -> dict[str, list[object]]:
    """Put a column into a table before another one."""
    place = list(columns).index(before)
    items = list(columns.items())
    return dict([*items[:place], (name, cells), *items[place:]])


def _open_clicked() -> None:
    # The label and not the row: the list may have moved since the browser drew it.
    st.session_state[GO_TO] = int(st.session_state[CLICKED]["label"].removeprefix("#"))


def _configuration() -> dict[str, Any]:
    column = st.column_config
    return {
        "rank": column.NumberColumn("Rank", width=52),
        "case": column.ButtonColumn(
            "Case", width=58, type="tertiary", key=CLICKED, on_click=_open_clicked, help="Opens the case"
        ),
        "patient": column.TextColumn("Patient", width=150),
        "film": column.ImageColumn("Film", width=64),
        "flag": column.MultiselectColumn("Flag", options=CHIPS, color=COLOURS, width=146),
        "probability": column.ProgressColumn(
            "Probability", min_value=0.0, max_value=100.0, format="%.1f %%", width=104
        ),
        "waited": column.TextColumn("Waited", width=88),
        "state": column.TextColumn("State", width=82),
        "reader": column.TextColumn("Reader", width=96),
        "finding": column.TextColumn("Finding", width=110),
        "agrees": column.TextColumn("Agrees", width=70, help="Whether the reader agrees with the flag"),
        "read": column.TextColumn("Read at", width=120),
        "taken off": column.TextColumn("Taken off at", width=120),
        "name": column.TextColumn("Name", width=150),
        "why": column.TextColumn("Why here", width="large"),
    }


def state_word(case: Case) -> str:
    """Where a case stands, in a word."""
    if case.state is State.READ:
        return "Read"
    if case.state is State.SCORED and case.flag is Flag.REFUSED:
        return "Refused"
    return STATES[case.state]


def why(ranked: Ranked) -> str:
    """Why a case stands where it does, and for one that was refused also why that was so."""
    if ranked.case.flag is not Flag.REFUSED:
        return ranked.why
    return " ".join((*(reason.sentence for reason in ranked.case.reasons), ranked.why))


def _percent(probability: float | None) -> float | None:
    """A probability in per cent, never 0 or 100, which no model can promise."""
    return None if probability is None else round(min(max(100 * probability, LEAST), 100 - LEAST), 1)


def _data_uri(jpeg: bytes | None) -> str:
    return "" if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _chips(case: Case) -> list[str]:
    flag = f"{SIGNS[flag_word(case)]} {flag_word(case)}"
    return [RAISED[case.raised], flag] if case.raised else [flag]


CELLS: dict[str, Callable[[Ranked], object]] = {
    "rank": lambda ranked: ranked.rank,
    "case": lambda ranked: f"#{ranked.case.number}",
    "film": lambda ranked: _data_uri(ranked.case.thumbnail),
    "flag": lambda ranked: _chips(ranked.case),
    "probability": lambda ranked: _percent(ranked.case.probability),
    "waited": lambda ranked: waited(ranked.waited),
    "state": lambda ranked: state_word(ranked.case),
    "reader": lambda ranked: ranked.case.reader or "",
    "finding": lambda ranked: ranked.case.report and str(ranked.case.report.finding).capitalize(),
    "agrees": lambda ranked: ranked.case.report and AGREES[ranked.case.report.agrees],
    "read": lambda ranked: ranked.case.report and moment(ranked.case.report.read_at),
    "taken off": lambda ranked: ranked.case.dismissed_at and moment(ranked.case.dismissed_at),
    "name": lambda ranked: ranked.case.name,
    "why": why,
}
"""What stands in each column."""
