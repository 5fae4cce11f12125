"""A page of the worklist as a table: rows are selected, and the number in a row opens its case."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.triage.words import FLAG_WORDS, in_percent
from cxr.ui.look import BADGE_COLOURS, FLAG_ORDER, FLAG_SYMBOLS
from cxr.ui.session import CLICKED_CASE, session
from cxr.ui.widgets.list_filters import STATE_WORDS
from cxr.ui.widgets.patients import patients
from cxr.ui.widgets.times import moment, waited
from cxr.worklist.case import Case, State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Ranked

RAISED = {Urgency.HIGH: "⬆ High", Urgency.STAT: "⬆ Stat"}
CHIPS = {flag: f"{FLAG_SYMBOLS[flag]} {FLAG_WORDS[flag]}" for flag in FLAG_ORDER}
ROW_HEIGHT = 44
VISIBLE_ROWS = 10
COLUMNS = {
    ListView.TO_READ: (
        *("rank", "case", "film", "flag", "probability", "waited", "state", "reader", "name", "why"),
    ),
    ListView.READ: ("case", "film", "flag", "probability", "finding", "agrees", "reader", "read", "name"),
    ListView.DISMISSED: ("case", "film", "flag", "probability", "dismissed", "name"),
}
AGREES = {True: "Yes", False: "No", None: ""}


def show_table(shown: Sequence[Ranked], wanted: Filter, offset: int) -> None:
    """Show ranked cases.

    The selection is kept by case and mapped to rows on every rerun, so that it follows its cases through the
    list. Another view, page or filter gets another table, because the browser would send the rows selected in
    the old one.
    """
    numbers = [ranked.case.number for ranked in shown]
    looked_at = replace(wanted, arrived_from=None), wanted.arrived_from is None, offset
    key = f"cases-{hash(looked_at)}-{session().tables}"

    def select() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        here = {numbers[row] for row in rows if row < len(numbers)}
        session().selected = session().selected - set(numbers) | here

    rows = [row for row, number in enumerate(numbers) if number in session().selected]
    cells: dict[str, list[object]] = {
        name: [CELLS[name](ranked) for ranked in shown] for name in COLUMNS[wanted.list_view]
    }
    if who := patients(numbers):
        cells["patient"] = [who.get(number, "") for number in numbers]
    configuration = _configuration()
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        cells,
        key=key,
        hide_index=True,
        height=min(max(len(shown), 2), VISIBLE_ROWS) * ROW_HEIGHT + 40,
        row_height=ROW_HEIGHT,
        on_select=select,
        selection_mode="multi-row",
        # In the order of the configuration, so that the patient comes before the film.
        column_order=[name for name in configuration if name in cells],
        column_config=configuration,
    )


def state_word(case: Case) -> str:
    """Describe a case's state in a word."""
    if case.state is State.READ:
        return "Read"
    if case.state is State.SCORED and case.flag is Flag.REFUSED:
        return "Refused"
    return STATE_WORDS[case.state]


def why(ranked: Ranked) -> str:
    """Explain a case's rank and, if it was refused, the refusal."""
    if ranked.case.flag is not Flag.REFUSED:
        return ranked.why
    return " ".join((*(reason.sentence for reason in ranked.case.reasons), ranked.why))


def _open_clicked() -> None:
    # By label and not by row: the list may have moved since the browser drew it.
    session().to_open = int(st.session_state[CLICKED_CASE]["label"].removeprefix("#"))


def _configuration() -> dict[str, Any]:
    column = st.column_config
    return {
        "rank": column.NumberColumn("Rank", width=52),
        "case": column.ButtonColumn(
            "Case",
            width=58,
            type="tertiary",
            key=CLICKED_CASE,
            on_click=_open_clicked,
            help="Opens the case",
        ),
        "patient": column.TextColumn("Patient", width=150),
        "film": column.ImageColumn("Film", width=56),
        "flag": column.MultiselectColumn(
            "Flag",
            options=[*CHIPS.values(), *RAISED.values()],
            color=[*(BADGE_COLOURS[flag] for flag in CHIPS), *("blue" for _ in RAISED)],
            width=146,
        ),
        "probability": column.ProgressColumn(
            "Probability", min_value=0.0, max_value=100.0, format="%.1f %%", width=104
        ),
        "waited": column.TextColumn("Waited", width=88),
        "state": column.TextColumn("State", width=82),
        "finding": column.TextColumn("Finding", width=110),
        "agrees": column.TextColumn("Agrees", width=70, help="Whether the reader agrees with the flag"),
        "reader": column.TextColumn("Reader", width=96),
        "read": column.TextColumn("Read at", width=120),
        "dismissed": column.TextColumn("Dismissed at", width=120),
        "name": column.TextColumn("Name", width=150),
        "why": column.TextColumn("Why here", width="large"),
    }


def _data_uri(jpeg: bytes | None) -> str:
    return "" if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


CELLS: dict[str, Callable[[Ranked], object]] = {
    "rank": lambda ranked: ranked.rank,
    "case": lambda ranked: f"#{ranked.case.number}",
    "film": lambda ranked: _data_uri(ranked.case.thumbnail),
    "flag": lambda ranked: [
        *([RAISED[ranked.case.raised]] if ranked.case.raised else []),
        CHIPS[ranked.case.flag],
    ],
    "probability": lambda ranked: (
        None if ranked.case.probability is None else in_percent(ranked.case.probability)
    ),
    "waited": lambda ranked: waited(ranked.waited),
    "state": lambda ranked: state_word(ranked.case),
    "reader": lambda ranked: ranked.case.reader or "",
    "finding": lambda ranked: ranked.case.report and str(ranked.case.report.finding).capitalize(),
    "agrees": lambda ranked: ranked.case.report and AGREES[ranked.case.report.agrees],
    "read": lambda ranked: ranked.case.report and moment(ranked.case.report.read_at),
    "dismissed": lambda ranked: ranked.case.dismissed_at and moment(ranked.case.dismissed_at),
    "name": lambda ranked: ranked.case.name,
    "why": why,
}
"""The content of each column."""
