"""Live, silent or stopped: what holds, the switch, and the stop rule."""

from __future__ import annotations

import datetime
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.site.stop_rule import FEWEST, agreement_since
from cxr.ui.escape import literal
from cxr.ui.look import BadgeColour, badge
from cxr.ui.rights import may
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.counted import cases
from cxr.ui.widgets.reader import recorded_name
from cxr.ui.widgets.share_choice import choose_share
from cxr.ui.widgets.site_notice import said_by
from cxr.ui.widgets.times import moment
from cxr.ui.words import N_, _, said, written
from cxr.worklist.reading.desk import NOTE_LENGTH
from cxr.worklist.site.mode import Mode, SiteState

MODES: dict[Mode, tuple[BadgeColour, str, str]] = {
    Mode.LIVE: ("green", ":material/visibility:", N_("Live")),
    Mode.SILENT: ("blue", ":material/visibility_off:", N_("Silent")),
    Mode.STOPPED: ("red", ":material/front_hand:", N_("Stopped")),
}
MEANS = {
    Mode.LIVE: N_("Results are shown, they order the worklist, and are sent to the PACS."),
    Mode.SILENT: N_("Films are scored; nobody sees a result, and nothing is sent. First come, first served."),
    Mode.STOPPED: N_("Results are withheld like in silent mode until an administrator ends the stop."),
}
SWITCHES = {
    Mode.LIVE: (N_("Go live"), ":material/visibility:"),
    Mode.SILENT: (N_("Go silent"), ":material/visibility_off:"),
    Mode.STOPPED: (N_("Stop"), ":material/front_hand:"),
}
REASON, LEAST = "site-reason", "site-least"
MADE = {
    Mode.LIVE: N_("Results are shown from now on."),
    Mode.SILENT: N_("Results are withheld from now on."),
    Mode.STOPPED: N_("Results are withheld from now on."),
}
ASK_ADMIN = N_("An administrator can change this.")


def show_state() -> None:
    """Show what holds, since when and why; administrators change it here."""
    state = worklist().site.state()
    colour, icon, words = MODES[state.mode]
    since = (
        _(" since {moment}, by **{who}**", moment=moment(state.since), who=literal(said_by(state)))
        if state.since
        else ""
    )
    reason = _(": “{reason}”", reason=literal(said(state.reason))) if state.reason else ""
    st.markdown(f"{badge(colour, icon, _(words))}{since}{reason}")
    st.markdown(_(MEANS[state.mode]))
    if not may(Right.CHANGE_SITE):
        st.caption(_(ASK_ADMIN))
        return
    st.text_input(
        _("Reason"),
        key=REASON,
        max_chars=NOTE_LENGTH,
        placeholder=_("Required to stop, or to end a stop"),
    )
    with st.container(horizontal=True):
        for mode, (label, icon) in SWITCHES.items():
            if mode is not state.mode:
                main = mode is Mode.LIVE
                st.button(
                    _(label),
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
        _("**No stop rule.** Flags are shown however rarely readers agree with them.")
        if least is None
        else _(
            "Results are withheld once the whole 95 % interval of readers' agreement with flags lies "
            "below **{least}**, in at least {fewest} cases.",
            least=written(least, 2),
            fewest=FEWEST,
        )
    )
    _show_agreement(state)
    if not may(Right.CHANGE_SITE):
        st.caption(_(ASK_ADMIN))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_share(
            _("Minimum agreement"),
            0.05,
            0.95,
            least or 0.6,
            LEAST,
            width=180,
            help=_("Choose it well below what your acceptance test gives at your prevalence."),
        )
        st.button(_("Set the limit"), icon=":material/rule:", on_click=_set_rule)
        if least is not None:
            st.button(
                _("Remove the rule"), type="tertiary", icon=":material/close:", on_click=_rule, args=(None,)
            )


def _show_agreement(state: SiteState) -> None:
    if state.mode is not Mode.LIVE:
        return
    found = agreement_since(worklist(), state, datetime.datetime.now(datetime.UTC))
    counted = cases(found.with_pneumonia + found.without)
    share = (
        _("**{share}** in {cases}", share=said(found.share), cases=counted)
        if found.share
        else _("no case counts yet")
    )
    st.markdown(
        _("Agreement in the last 28 days, counted since results have been shown: {share}.", share=share)
    )


def _change(to: Mode) -> None:
    reason = st.session_state.get(REASON) or ""
    if attempt(Right.CHANGE_SITE, lambda: worklist().site.change(to, recorded_name(), reason)):
        st.session_state[REASON] = ""
        session().done = _(MADE[to])


def _set_rule() -> None:
    _rule(round(float(st.session_state[LEAST]), 4))


def _rule(least: float | None) -> None:
    def change() -> bool:
        worklist().site.set_stop_rule(least, recorded_name())
        return True

    if attempt(Right.CHANGE_SITE, change):
        session().done = _("The stop rule is removed.") if least is None else _("The stop rule is set.")
