"""Live, silent or stopped: what holds, the switch, and the stop rule."""

from __future__ import annotations

import datetime
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.site.stop_rule import FEWEST, agreement_since
from cxr.ui.escape import literal
from cxr.ui.look import BadgeColour, badge
from cxr.ui.rights import may, user
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.reader import UNNAMED
from cxr.ui.widgets.times import moment
from cxr.worklist.reading.desk import NOTE_LENGTH
from cxr.worklist.site.mode import Mode, SiteState

MODES: dict[Mode, tuple[BadgeColour, str, str]] = {
    Mode.LIVE: ("green", ":material/visibility:", "Live"),
    Mode.SILENT: ("blue", ":material/visibility_off:", "Silent"),
    Mode.STOPPED: ("red", ":material/front_hand:", "Stopped"),
}
MEANS = {
    Mode.LIVE: "Results are shown, they order the worklist, and are sent to the PACS.",
    Mode.SILENT: "Films are scored; nobody sees a result, and nothing is sent. First come, first served.",
    Mode.STOPPED: "Results are withheld like in silent mode until an administrator ends the stop.",
}
SWITCHES = {
    Mode.LIVE: ("Go live", ":material/visibility:"),
    Mode.SILENT: ("Go silent", ":material/visibility_off:"),
    Mode.STOPPED: ("Stop", ":material/front_hand:"),
}
REASON, LEAST = "site-reason", "site-least"
MADE = {
    Mode.LIVE: "Results are shown from now on.",
    Mode.SILENT: "Results are withheld from now on.",
    Mode.STOPPED: "Results are withheld from now on.",
}
ASK_ADMIN = "An administrator can change this."


def show_state() -> None:
    """Show what holds, since when and why; administrators change it here."""
    state = worklist().site.state()
    since = f" since {moment(state.since)}, by **{literal(state.who or '')}**" if state.since else ""
    reason = f": “{literal(state.reason)}”" if state.reason else ""
    st.markdown(f"{badge(*MODES[state.mode])}{since}{reason}")
    st.markdown(MEANS[state.mode])
    if not may(Right.CHANGE_SITE):
        st.caption(ASK_ADMIN)
        return
    st.text_input(
        "Reason",
        key=REASON,
        max_chars=NOTE_LENGTH,
        placeholder="For the audit trail; needed to begin or to end a stop",
    )
    with st.container(horizontal=True):
        for mode, (label, icon) in SWITCHES.items():
            if mode is not state.mode:
                main = mode is Mode.LIVE
                st.button(
                    label,
                    icon=icon,
                    type="primary" if main else "secondary",
                    on_click=partial(_change, mode),
                    key=f"site-{mode}",
                )


def show_stop_rule() -> None:
    """Show the stop rule and the agreement that it looks at; administrators set its limit here."""
    state = worklist().site.state()
    least = state.least_agreement
    st.markdown(
        "**No stop rule.** However little readers agree, flags stay."
        if least is None
        else f"Results are withheld once agreement of readers with flags lies under **{least:g}** with its "
        "whole "
        f"95 % interval, in at least {FEWEST} cases."
    )
    _show_agreement(state)
    if not may(Right.CHANGE_SITE):
        st.caption(ASK_ADMIN)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Least agreement",
            min_value=0.05,
            max_value=0.95,
            value=least or 0.6,
            step=0.05,
            key=LEAST,
            width=180,
            help="Choose it well below what your acceptance test gives at your prevalence.",
        )
        st.button("Set the limit", icon=":material/rule:", on_click=_set_rule)
        if least is not None:
            st.button("Remove the rule", type="tertiary", icon=":material/close:", on_click=_remove_rule)


def _show_agreement(state: SiteState) -> None:
    if state.mode is not Mode.LIVE:
        return
    found = agreement_since(worklist(), state, datetime.datetime.now(datetime.UTC))
    counted = found.with_pneumonia + found.without
    share = f"**{found.share}** in {counted} cases" if found.share else "no case counts yet"
    st.markdown(f"Agreement in the last 28 days, since results are shown: {share}.")


def _who() -> str:
    return user().name or UNNAMED


def _change(to: Mode) -> None:
    reason = st.session_state.get(REASON) or ""
    if attempt(Right.CHANGE_SITE, lambda: worklist().site.change(to, _who(), reason)):
        st.session_state[REASON] = ""
        session().done = MADE[to]


def _set_rule() -> None:
    _rule(round(float(st.session_state[LEAST]), 4))


def _remove_rule() -> None:
    _rule(None)


def _rule(least: float | None) -> None:
    def change() -> bool:
        worklist().site.set_stop_rule(least, _who())
        return True

    if attempt(Right.CHANGE_SITE, change):
        session().done = "The stop rule is removed." if least is None else "The stop rule is set."
