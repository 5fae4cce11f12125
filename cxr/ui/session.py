"""What the app keeps for each browser session, typed and in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cxr.film import Orientation
from cxr.language.language import Language
from cxr.ui.viewer.offers import Offers

if TYPE_CHECKING:
    from streamlit.runtime.state import SafeSessionState

    from cxr.explain.other_maps import OtherMap
    from cxr.film import Population
    from cxr.triage.waits import Comparison
    from cxr.ui.acceptance_test import AcceptanceTest
    from cxr.ui.widgets.add_films import Import
    from cxr.ui.widgets.heat_on_demand import NotTested
    from cxr.ui.widgets.site_profiles import Fitted
    from cxr.ui.widgets.uploaded_film import FilmKey, Shown
    from cxr.worklist.reading.filters import Filter

SESSION = "session"

# Keys of the widgets whose values are read or set from elsewhere.
LANGUAGE, LETTER_KEYS = "language", "letter-keys"
LIST_VIEW, SEARCH, ARRIVED, PAGE = "view", "search", "arrived", "page"
FLAGS, STATES, POPULATIONS, UNFOLDED = "flags", "states", "populations", "unfolded"
AUDIT_PAGE, CASE_TABLE = "audit-page", "case-table"


@dataclass(slots=True)
class Moved:
    """The last cases that were dismissed or restored: the message, and the cases to restore on undo."""

    words: str
    numbers: tuple[int, ...] = ()


@dataclass(slots=True)
class Session:
    """Everything that outlives a rerun and is not the value of a widget.

    Attributes
    ----------
    language, chosen_language
        The language of the pages, None before it was decided; the one chosen in this session.
    letter_keys
        Whether keys of one character act; None before the cookie was read.
    reader, cookie
        The reader's name, and the name last written to the cookie; None before the cookie was read.
    stated
        Age group last chosen for uploads; None before the first choice.
    problem, done
        Message about a change that failed, until the next one; message about one that was made, for a toast.
    raising, dismissing, refusal
        Cases in the dialog that raises their priority, and in the one that dismisses them; why that
        was not done.
    refused
        Title of the page that was refused, so that each refusal is recorded once.
    opened
        The open case and who looks at it, so that each opening is recorded once.
    selected, selections, to_open, redraw
        Worklist: selected cases, number of the browser's last selection, the case to be opened, and whether
        the page is to be drawn again for a dialog that its list began.
    uploader, imported
        Worklist: number of the current uploader, and what became of the last import.
    inverted, oriented, overruled, results, kept, read_uploader
        Read a film: hashes of files that were inverted, rotated or mirrored, and of those whose refusal was
        overruled, the results shown, names and contents of the uploaded files, and the number of the current
        uploader.
    wanted, sorted_page
        Worklist: the filter of the list last shown, None before it was; the numbers of the page that a case
        was opened from, in the order of a column, empty in the order of reading.
    offers
        Films that the viewer may load.
    heat_tests, tested
        The test of the heat map last chosen, and the results of tests, by what they depend on.
    simulated, asked_simulation
        Does it help?: the last result of this session, and whether one was asked for.
    acceptance, fitted
        This site: the acceptance test that runs or ran last, and a profile that is not kept yet.
    asked_check
        Audit: whether a check of the trail was asked for and not shown yet.
    """

    language: Language | None = None
    chosen_language: Language | None = None
    letter_keys: bool | None = None
    reader: str = ""
    cookie: str | None = None
    stated: Population | None = None
    problem: str = ""
    done: str = ""
    raising: tuple[int, ...] = ()
    dismissing: tuple[int, ...] = ()
    refusal: str = ""
    refused: str = ""
    opened: tuple[int, str] | None = None
    selected: set[int] = field(default_factory=set)
    selections: int = 0
    to_open: int | None = None
    redraw: bool = False
    wanted: Filter | None = None
    sorted_page: tuple[int, ...] = ()
    moved: Moved | None = None
    scoring: bool = False
    uploader: int = 0
    imported: Import | None = None
    inverted: set[str] = field(default_factory=set)
    oriented: dict[str, Orientation] = field(default_factory=dict)
    overruled: set[str] = field(default_factory=set)
    results: dict[FilmKey, Shown] = field(default_factory=dict)
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    read_uploader: int = 0
    simulated: Comparison | None = None
    asked_simulation: bool = False
    acceptance: AcceptanceTest | None = None
    fitted: Fitted | None = None
    asked_check: bool = False
    heat_tests: dict[tuple[object, ...], str] = field(default_factory=dict)
    tested: dict[tuple[object, ...], float | OtherMap | NotTested] = field(default_factory=dict)
    offers: Offers = field(default_factory=lambda: Offers(session_key()))


def session_key() -> str | None:
    """Return the key of who signed in, which the gate before the app names with each connection."""
    # Not by `st.user`, which looks for a file of secrets at each access: a third of the time with 20 people.
    context = get_script_run_ctx()
    key = context.user_info.get("session") if context else None
    return key if isinstance(key, str) else None


_of_state: WeakKeyDictionary[SafeSessionState, Session] = WeakKeyDictionary()
"""By Streamlit's state of one browser session: each text of a page asks, and the way there is long."""


def session() -> Session:
    """Return what is kept for this browser session."""
    context = get_script_run_ctx()
    if context and (found := _of_state.get(context.session_state)):
        return found
    if SESSION not in st.session_state:
        st.session_state[SESSION] = Session()
    kept: Session = st.session_state[SESSION]
    if context:
        _of_state[context.session_state] = kept
    return kept


def drawn_with_page() -> bool:
    """Whether a part of a page that also reruns alone is being drawn with the whole page."""
    context = get_script_run_ctx()
    return not (context and context.fragment_ids_this_run)


def clear_selection() -> None:
    """Deselect all cases."""
    session().selected = set()


def note_key(case: int) -> str:
    """Key of the note typed for a case."""
    return f"note-{case}"


def agrees_key(case: int) -> str:
    """Key of the choice whether the reader agrees with a case's flag."""
    return f"agrees-{case}"
