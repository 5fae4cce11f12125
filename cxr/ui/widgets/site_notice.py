"""What everybody has to know of the site: that results are withheld, since when, by whom, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr.ui.escape import literal
from cxr.ui.service import worklist
from cxr.ui.widgets.times import moment

if TYPE_CHECKING:
    from cxr.worklist.site.mode import SiteState

WITHHELD = "Results are withheld at this site."
SILENT = (
    "**Silent mode.** Films are scored, but nobody sees a result, and cases are read first come, first "
    "served. Record findings as usual: they will show what the model is worth here."
)
STOPPED = (
    "**Stopped.** Results are hidden, and cases are read first come, first served, until an administrator "
    "ends the stop."
)
ON_UPLOADS = (
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

    since = f" Since {moment(state.since)}" if state.since else ""
    by = f", by **{literal(state.who)}**." if state.who and since else "."
    reason = f" “{literal(state.reason)}”" if state.reason else ""
    if state.mode is Mode.STOPPED:
        st.warning(f"{STOPPED}{since}{by if since else ''}{reason}", icon=":material/front_hand:")
    else:
        st.info(f"{SILENT}{since}{by if since else ''}{reason}", icon=":material/visibility_off:")


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
    from cxr.worklist.reading.desk import NotPossibleError

    if results_are_withheld():
        raise NotPossibleError(WITHHELD)
