"""One line in the sidebar for each thing of the site that somebody has to look at."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.triage.flag import Flag
from cxr.ui.service import worklist
from cxr.ui.words import N_, _

MINUTES = 5
"""How long warnings are kept, for all pages and people together."""
DAYS = 28
PATIENCE_MINUTES = 15
"""How long a film may wait for its score before somebody has to look."""
MONITORING_PAGE = "cxr/ui/pages/monitoring.py"
DRIFT = N_("Scores have drifted")
AGREEMENT = N_("Readers disagree with flags")
QUEUE = N_("Films wait to be scored")


def show_warnings() -> None:
    """Show the warnings, each leading to the page *Monitoring*."""
    from cxr.worklist.store.database import WorklistError

    try:
        found = _warnings()
    except WorklistError:  # which a page that needs the worklist reports
        return
    with st.sidebar:
        for words in found:
            label = f":red[{_(words)}]"
            st.page_link(MONITORING_PAGE, label=label, icon=":material/warning:")


@st.cache_data(ttl=60 * MINUTES, show_spinner=False)
def _warnings() -> tuple[str, ...]:
    return warnings(datetime.datetime.now(datetime.UTC))


def forget_warnings() -> None:
    """Look again at once."""
    _warnings.clear()


def warnings(now: datetime.datetime) -> tuple[str, ...]:
    """Name what somebody has to look at: drift, agreement under the limit, and a queue that stands."""
    lists = worklist()
    words: list[str] = []
    figures = lists.figures()
    if figures.waiting and (not figures.worked or figures.queue_age > 60 * PATIENCE_MINUTES):
        words.append(QUEUE)
    if not set(figures.flags) - {Flag.REFUSED}:
        return tuple(words)
    from cxr.measure.drift import Verdict
    from cxr.site.stop_rule import agreement_since
    from cxr.site.watch_over import watch_over

    found = watch_over(lists, DAYS, now).monitoring
    if any(drift.verdict is Verdict.DRIFTED for drift in found.drift.values()):
        words.append(DRIFT)
    state = lists.site.state()
    least = state.least_agreement
    if least is not None and not state.withholds and agreement_since(lists, state, now).under(least):
        words.append(AGREEMENT)
    return tuple(words)
