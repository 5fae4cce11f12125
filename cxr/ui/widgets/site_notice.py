"""What everybody has to know of the site: that results are withheld, since when, by whom, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr.ui.escape import literal
from cxr.ui.service import worklist
from cxr.ui.widgets.times import moment
from cxr.ui.words import N_, _, said

if TYPE_CHECKING:
    from cxr.worklist.site.mode import SiteState

WITHHELD = N_("Results are withheld at this site.")
SILENT = N_(
    "**Silent mode.** Films are scored, but nobody sees a result, and cases are read first come, first "
    "served. Record findings as usual: they will show what the model is worth here."
)
STOPPED = N_(
    "**Stopped.** Results are hidden, and cases are read first come, first served, until an administrator "
    "ends the stop."
)
ON_UPLOADS = N_(
    "Films cannot be scored on this page meanwhile. To read films without results, use the *Worklist*."
)


def show_site_notice() -> None:
    """Tell on top of a page that results are withheld; nothing while the site is live."""
    from cxr.worklist.store.database import WorklistError

    try:
        state = worklist().site.state()
    except WorklistError:  # which a page that needs the worklist reports
        return
    if state.withholds:
        show_withheld(state)


def show_withheld(state: SiteState) -> None:
    """Say that results are withheld, and why."""
    from cxr.worklist.site.mode import Mode

    words = [_(STOPPED if state.mode is Mode.STOPPED else SILENT)]
    if state.since and state.who:
        words.append(
            _("Since {moment}, by **{who}**.", moment=moment(state.since), who=literal(said_by(state)))
        )
    elif state.since:
        words.append(_("Since {moment}.", moment=moment(state.since)))
    if state.reason:
        words.append(f"“{literal(said(state.reason))}”")
    if state.mode is Mode.STOPPED:
        st.warning(" ".join(words), icon=":material/front_hand:")
    else:
        st.info(" ".join(words), icon=":material/visibility_off:")


def said_by(state: SiteState) -> str:
    """Return who changed the state: a person's name as it is, the stop rule in the language of the page."""
    from cxr.site.stop_rule import WHO

    return said(WHO) if state.who == WHO else state.who or ""


def results_are_withheld() -> bool:
    """Whether nobody may see a result now."""
    return worklist().site.state().withholds


def require_shown() -> None:
    """Let results be downloaded that were drawn earlier, unless they are withheld since.

    Raises
    ------
    NotPossibleError
        Where they are.
    """
    from cxr.worklist.reading.not_possible import NotPossibleError

    if results_are_withheld():
        raise NotPossibleError(WITHHELD)
