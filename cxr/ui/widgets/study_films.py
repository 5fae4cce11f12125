"""The films of a study: the one that is shown large, and the others side by side."""

from __future__ import annotations

import streamlit as st

from cxr.ui.escape import literal
from cxr.ui.look import flag_badge
from cxr.ui.service import worklist
from cxr.ui.widgets.film_view import case_view
from cxr.ui.widgets.reason_words import reason_words
from cxr.ui.words import _, _n, percent, said_each
from cxr.worklist.case import Case

IN_A_ROW = 3


def choose_film(case: Case) -> Case:
    """Ask which film of a study is shown large, by default the one that gives it its flag.

    Returns
    -------
    The case as if that film led: what is done to a film is done to this one.
    """
    if len(case.films) == 1:
        return case
    films = {film.number: place for place, film in enumerate(case.films, 1)}
    chosen = st.segmented_control(
        _("Film of this study"),
        list(films),
        default=case.film_number,
        required=True,
        format_func=lambda number: _("Film {place} of {count}", place=films[number], count=len(films)),
        label_visibility="collapsed",
        # Another film may lead once the case has changed.
        key=f"film-{case.number}-{case.film_number}",
    )
    return next((case.about(film) for film in case.films if film.number == chosen), case)


def show_study_films(case: Case, large: int) -> None:
    """Show the films of a case besides the one of that number, which is shown large."""
    others = [film for film in case.films if film.number != large]
    if conflicts := [film for film in case.films if film.conflicts_with]:
        st.warning(
            _n(
                "{count} film of this study came with the SOP Instance UID of another film but other "
                "pixels. All are kept: compare them, and ask whoever sent them which is right.",
                "{count} films of this study came with the SOP Instance UID of another film but other "
                "pixels. All are kept: compare them, and ask whoever sent them which is right.",
                len(conflicts),
            ),
            icon=":material/difference:",
        )
    if not others:
        return
    st.header(_("Other films of this study"), anchor=False)
    for start in range(0, len(others), IN_A_ROW):
        columns = st.columns(IN_A_ROW, gap="medium")
        for column, film in zip(columns, others[start : start + IN_A_ROW], strict=False):
            about = case.about(film)
            view = case_view(about, worklist().film_source(about))
            with column:
                if view.grey is None:
                    st.caption(_(view.missing))
                else:
                    st.image(view.grey, width="stretch", alt=_("Another film of the study"))
                probability = "" if view.probability is None else f" {percent(view.probability)}"
                flag = "" if case.withheld else f"{flag_badge(film.flag)}{probability} "
                st.markdown(f"{flag}{literal(film.name)}")
                for reason in film.reasons:
                    st.caption(reason_words(reason))
                if view.header:
                    st.caption(said_each(view.header))
