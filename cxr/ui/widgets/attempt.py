"""Changes that may fail: what kept one from being made is told in its place, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from cxr.ui.widgets.film_view import literal
from cxr.worklist.reading.desk import NotPossibleError
from cxr.worklist.store.database import WorklistError

PROBLEM = "problem"
DONE = "done"
Changed = TypeVar("Changed")


def attempt(change: Callable[[], Changed]) -> Changed | None:
    """Make a change; where it cannot be made, keep the words for `show_problem` and return nothing."""
    forget_problem()
    try:
        return change()
    except (NotPossibleError, WorklistError) as error:
        st.session_state[PROBLEM] = str(error)
        return None


def show_problem() -> None:
    """Tell what kept the last change from being made, until the next one."""
    if problem := st.session_state.get(PROBLEM):
        st.warning(literal(problem), icon=":material/front_hand:")


def forget_problem() -> None:
    """Tell it no longer."""
    st.session_state.pop(PROBLEM, None)


def say_done(words: str) -> None:
    """Keep words for the toast that `show_done` shows once the page is drawn anew."""
    st.session_state[DONE] = words


def show_done() -> None:
    """Show the toast of the last change."""
    if words := st.session_state.pop(DONE, None):
        st.toast(words, icon=":material/check:", duration="long")


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Stop a page, or a part of one, with what to do where the worklist cannot be read."""
    try:
        yield
    except WorklistError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
