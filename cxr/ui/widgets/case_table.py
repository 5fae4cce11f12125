"""A page of the worklist as a table: a click opens a case, its box selects it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.triage.words import FLAG_WORDS, in_percent
from cxr.ui.component import component
from cxr.ui.look import BADGE_COLOURS, FLAG_SYMBOLS
from cxr.ui.service import worklist
from cxr.ui.session import CASE_TABLE, session
from cxr.ui.viewer.film_viewer import viewer
from cxr.ui.widgets.list_filters import STATE_WORDS
from cxr.ui.widgets.patients import patients
from cxr.ui.widgets.reason_words import reason_words
from cxr.ui.widgets.times import moment, waited
from cxr.ui.words import N_, _, percentage, said, written
from cxr.worklist.case import Case, State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.page import Ranked

RAISED = {Urgency.HIGH: N_("⬆ High"), Urgency.STAT: N_("⬆ Stat")}
TITLES = {
    "rank": N_("Rank"),
    "case": N_("Case"),
    "film": N_("Film"),
    "raised": N_("Raised"),
    "flag": N_("Flag"),
    "probability": N_("Probability"),
    "waited": N_("Waited"),
    "state": N_("State"),
    "finding": N_("Finding"),
    "agrees": N_("Agrees"),
    "reader": N_("Reader"),
    "read": N_("Read at"),
    "dismissed": N_("Dismissed at"),
    "patient": N_("Patient"),
    "name": N_("Name"),
    "why": N_("Why here"),
}
COLUMNS = {
    ListView.TO_READ: ("rank", "case", "film", "flag", "probability", "waited", "state", "why"),
    ListView.READ: ("case", "film", "flag", "probability", "finding", "agrees", "reader", "read"),
    ListView.DISMISSED: ("case", "film", "flag", "probability", "dismissed"),
}
AGREES = {True: N_("Yes"), False: N_("No"), None: ""}
OF_RESULT = ("flag", "probability", "agrees")
"""Columns that are left out where results are withheld."""
HTML = (
    '<div class="frame"><div class="box"><table><thead><tr></tr></thead><tbody></tbody></table></div></div>'
)


def show_table(shown: Sequence[Ranked], wanted: Filter, offset: int) -> None:
    """Show ranked cases. The selection is kept by case, so that it follows its cases through the list."""
    numbers = [ranked.case.number for ranked in shown]
    who = patients(numbers)
    wide = {"raised": any(ranked.case.raised for ranked in shown), "patient": bool(who), "name": not who}
    left_out = OF_RESULT if any(ranked.case.withheld for ranked in shown) else ()
    names = [name for name in TITLES if wide.get(name, name in COLUMNS[wanted.list_view])]
    names = [name for name in names if name not in left_out]
    rows = []
    for ranked in shown:
        number, case = ranked.case.number, ranked.case
        cells = {name: cell(ranked) for name, cell in CELLS.items() if name in names or name == "name"}
        cells["patient"] = who.get(number, case.name)
        sort = {"waited": ranked.waited.total_seconds(), "case": number} | _times(case)
        rows.append({"number": number, "cells": cells, "sort": sort, "small": _small(case)})
    viewer()  # the table loads its scripts ahead
    component("case_table", HTML)(
        key=CASE_TABLE,
        data={
            "view": f"{wanted.list_view} {offset}",
            "columns": [{"name": name, "title": _(TITLES[name])} for name in names],
            "rows": rows,
            "selected": sorted(session().selected),
            "sequence": session().selections,
            "words": _table_words(),
        },
        on_open_change=_open,
        on_selection_change=_select,
    )


def _small(case: Case) -> str | None:
    """Return where the browser may load a case's film ahead of a click; None where it could not be read."""
    if case.thumbnail is None:
        return None
    return session().offers.of(worklist().film_source(case), case.sha256).small_address


def _table_words() -> dict[str, str]:
    """Collect what the table itself says; it writes probabilities, by which it also sorts."""
    return {
        "all": _("Select all cases on this page"),
        "one": _("Select case {number}"),
        "sort": _("Sort this page"),
        "percent": percentage(0.123).replace(written(12.3, 1), "{share}"),
        "point": written(0.5, 1)[1],
        "cases": _("Cases"),
    }


# Where the page of a case has taken the place of the table, what was pressed there meanwhile has no value.


def _open() -> None:
    if (sent := st.session_state.get(CASE_TABLE)) is not None:
        session().to_open = int(sent["open"]["number"])
        session().sorted_page = tuple(map(int, sent["open"]["sorted"]))
    elif opened := session().opened:
        # The second click of two, of which the first has opened the case.
        session().to_open = opened[0]


def _select() -> None:
    if (sent := st.session_state.get(CASE_TABLE)) is None:
        return
    change: dict[str, Any] = sent["selection"]
    session().selections = int(change["sequence"])
    session().selected = session().selected - set(change["here"]) | set(change["numbers"])


def state_word(case: Case) -> str:
    """Describe a case's state in a word."""
    if case.state is State.READ:
        return _("Read")
    if case.state is State.SCORED and case.flag is Flag.REFUSED:
        return _("Refused")
    return _(STATE_WORDS[case.state])


def why(ranked: Ranked) -> str:
    """Explain a case's rank and, if it was refused, the refusal."""
    if ranked.case.flag is not Flag.REFUSED:
        return said(ranked.why)
    return " ".join((*(reason_words(reason) for reason in ranked.case.reasons), said(ranked.why)))


def _chip(case: Case) -> dict[str, str]:
    word = f"{FLAG_SYMBOLS[case.flag]} {said(FLAG_WORDS[case.flag])}"
    return {"word": word, "colour": BADGE_COLOURS[case.flag]}


def _state(case: Case) -> str:
    return (
        _("{reader} is reading", reader=case.reader) if case.state is State.IN_READING else state_word(case)
    )


def _times(case: Case) -> dict[str, float]:
    times = {"read": case.report and case.report.read_at, "dismissed": case.dismissed_at}
    return {name: at.timestamp() for name, at in times.items() if at}


def _data_uri(jpeg: bytes | None) -> str:
    return "" if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


CELLS: dict[str, Callable[[Ranked], Any]] = {
    "rank": lambda ranked: ranked.rank,
    "case": lambda ranked: f"#{ranked.case.number}",
    "film": lambda ranked: _data_uri(ranked.case.thumbnail),
    "raised": lambda ranked: _(RAISED[ranked.case.raised]) if ranked.case.raised else "",
    "flag": lambda ranked: _chip(ranked.case),
    "probability": lambda ranked: (
        None if ranked.case.probability is None else in_percent(ranked.case.probability)
    ),
    "waited": lambda ranked: waited(ranked.waited),
    "state": lambda ranked: _state(ranked.case),
    "reader": lambda ranked: ranked.case.reader or "",
    "finding": lambda ranked: ranked.case.report and said(ranked.case.report.finding).capitalize(),
    "agrees": lambda ranked: ranked.case.report and _(AGREES[ranked.case.report.agrees]),
    "read": lambda ranked: ranked.case.report and moment(ranked.case.report.read_at),
    "dismissed": lambda ranked: ranked.case.dismissed_at and moment(ranked.case.dismissed_at),
    "name": lambda ranked: ranked.case.name,
    "why": why,
}
"""The content of each column."""
