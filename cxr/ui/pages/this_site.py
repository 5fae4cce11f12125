"""Page: this site. State, acceptance test, profile and prevalence, from top to bottom as on the screen."""

from __future__ import annotations

import streamlit as st

from cxr.ui.widgets.attempt import show_done, show_problem, stopping_on_errors
from cxr.ui.widgets.case_link import leave_case
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.reader import ask_reader
from cxr.ui.widgets.site_acceptance import show_acceptance, show_films_needed, show_findings_so_far
from cxr.ui.widgets.site_prevalence import show_prevalence
from cxr.ui.widgets.site_profiles import show_profiles
from cxr.ui.widgets.site_state import show_state, show_stop_rule
from cxr.ui.words import _

leave_case()
show_head(_("This site"))
ask_reader()
show_notices()
show_problem()
show_done()
with stopping_on_errors():
    state, rule = st.columns(2, gap="large")
    with state:
        st.header(_("Are results shown?"), anchor=False)
        show_state()
    with rule:
        st.header(_("Stop rule"), anchor=False)
        show_stop_rule()
    st.header(_("How many films are needed?"), anchor=False)
    show_films_needed()
    show_findings_so_far()
    st.header(_("Acceptance test"), anchor=False)
    show_acceptance()
    profile, prevalence = st.columns([3, 2], gap="large")
    with profile:
        st.header(_("Site profile"), anchor=False)
        show_profiles()
    with prevalence:
        st.header(_("Prevalence"), anchor=False)
        show_prevalence()
