"""The app's pages, and which of them a person may open."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from cxr.access.rights import Right, allows
from cxr.ui.escape import literal
from cxr.ui.rights import refusal, require, signs_in, user
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import stopping_on_errors
from cxr.ui.widgets.language_choice import choose_language
from cxr.ui.widgets.letter_keys_choice import choose_letter_keys
from cxr.ui.widgets.site_warnings import show_warnings
from cxr.ui.words import N_, _, said
from cxr.worklist.store.database import WorklistError


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page, and the right that it needs."""

    path: str
    title: str
    icon: str
    right: Right
    listed: bool = True


PAGES = (
    PageEntry("cxr/ui/pages/read_film.py", N_("Read a film"), ":material/radiology:", Right.READ_FILM),
    PageEntry(
        "cxr/ui/pages/worklist.py", N_("Worklist"), ":material/format_list_numbered:", Right.SEE_WORKLIST
    ),
    PageEntry("cxr/ui/pages/case.py", N_("Case"), ":material/radiology:", Right.SEE_CASE, listed=False),
    PageEntry("cxr/ui/pages/audit.py", N_("Audit"), ":material/history:", Right.SEE_AUDIT),
    PageEntry("cxr/ui/pages/this_site.py", N_("This site"), ":material/home_health:", Right.SEE_SITE),
    PageEntry("cxr/ui/pages/monitoring.py", N_("Monitoring"), ":material/monitoring:", Right.SEE_MONITORING),
    PageEntry("cxr/ui/pages/evidence.py", N_("Evidence"), ":material/query_stats:", Right.SEE_EVIDENCE),
    PageEntry(
        "cxr/ui/pages/simulation.py", N_("Does it help?"), ":material/hourglass_bottom:", Right.SIMULATE
    ),
)


@stopping_on_errors()
def run_page() -> None:
    """Run the page of the address, or refuse it; the sidebar lists the pages that this person may open."""
    role = user().role
    pages = [
        st.Page(
            entry.path,
            title=_(entry.title),
            icon=entry.icon,
            default=entry is PAGES[0],
            visibility="visible" if entry.listed and allows(role, entry.right) else "hidden",
        )
        for entry in PAGES
    ]
    chosen = st.navigation(pages)
    entry = next(entry for entry, page in zip(PAGES, pages, strict=True) if page is chosen)
    choose_language()
    choose_letter_keys()
    if signs_in():
        _show_signed_in()
    if allows(role, Right.SEE_MONITORING):
        show_warnings()
    if allows(role, entry.right):
        session().refused = ""
        chosen.run()
    else:
        _refuse(entry)


def _refuse(entry: PageEntry) -> None:
    """Explain why a page does not open; the audit trail records it once for each opening."""
    from cxr.worklist.reading.not_possible import NotAllowedError

    st.title(_(entry.title), anchor=False)
    st.error(refusal(user().role, entry.right), icon=":material/lock:")
    if session().refused != entry.title:
        session().refused = entry.title
        try:
            require(entry.right)
        except NotAllowedError:
            return


def _show_signed_in() -> None:
    who = user()
    with st.sidebar:
        st.markdown(f":material/person: **{literal(who.name)}** · {said(who.role)}")
        with st.container(horizontal=True):
            st.button(_("Sign out"), icon=":material/logout:", on_click=_sign_out, args=(False,))
            st.button(_("Sign out everywhere"), type="tertiary", on_click=_sign_out, args=(True,))


def _sign_out(everywhere: bool) -> None:
    """End the session; the gate then closes its connections and leads the browser to the sign-in page."""
    try:
        if signed_in := user().signed_in:
            worklist().sessions.end(signed_in, everywhere)
    except WorklistError as error:
        st.toast(said(error), icon=":material/error:", duration="long")
