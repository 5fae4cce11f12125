"""Changes that may fail: the failure is explained on the page, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from cxr.access.rights import Right
from cxr.film import FilmError
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.ui.escape import literal
from cxr.ui.rights import require
from cxr.ui.session import session
from cxr.ui.words import N_, _, said
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import WorklistError

Changed = TypeVar("Changed")
CANNOT_READ = N_("The server cannot read films just now. Try again in a minute.")


def attempt(right: Right, change: Callable[[], Changed]) -> Changed | None:
    """Make a change that needs a right; if it fails, keep the message for `show_problem` and return None."""
    session().problem = ""
    try:
        require(right)
        return change()
    except (NotPossibleError, WorklistError, FilmError) as error:
        session().problem = said(error)
    except DecodingUnavailableError:
        session().problem = _(CANNOT_READ)
    return None


def show_problem() -> None:
    """Show why the last change failed, until the next change."""
    if session().problem:
        lines = [literal(line) for line in session().problem.split("\n")]
        st.warning("  \n".join(lines), icon=":material/front_hand:")


def show_done() -> None:
    """Show once, as a toast, what the last change did."""
    if session().done:
        st.toast(session().done, icon=":material/check:", duration="long")
        session().done = ""


@contextmanager
def stopping_on_errors() -> Iterator[None]:
    """Stop a page, or part of one, with an explanation if the worklist or films cannot be read.

    A part that also reruns alone is decorated with it.
    """
    try:
        yield
    except WorklistError as error:
        problem = said(error)
    except DecodingUnavailableError:
        problem = _(CANNOT_READ)
    else:
        return
    st.error(problem, icon=":material/error:")
    st.stop()
