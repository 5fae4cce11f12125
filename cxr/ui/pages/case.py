"""Page: one case, from top to bottom as on the screen."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cxr.ui.escape import literal
from cxr.ui.held_keys import STEPS
from cxr.ui.service import worker, worklist
from cxr.ui.session import drawn_with_page, session
from cxr.ui.viewer.film_viewer import show_viewer
from cxr.ui.viewer.offers import Offer
from cxr.ui.widgets.attempt import show_done, show_problem, stopping_on_errors
from cxr.ui.widgets.case_desk import invert, orient, overrule, show_desk
from cxr.ui.widgets.case_history import show_history, show_other_cases
from cxr.ui.widgets.case_link import WORKLIST_PAGE, open_number, record_opening
from cxr.ui.widgets.case_report import show_report_download
from cxr.ui.widgets.companions import companions
from cxr.ui.widgets.dismiss_dialog import show_dismissing
from cxr.ui.widgets.film_panel import show_about
from cxr.ui.widgets.film_view import case_view
from cxr.ui.widgets.list_steps import another_end, neighbours, show_steps
from cxr.ui.widgets.next_case import open_next
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.patients import show_patient
from cxr.ui.widgets.raise_priority import show_raising
from cxr.ui.widgets.reader import NAME_FIRST, ask_reader, reader
from cxr.ui.widgets.redact_dialog import show_redaction
from cxr.ui.widgets.result_panel import Answers, show_result
from cxr.ui.widgets.study_films import choose_film, show_study_films
from cxr.ui.widgets.times import moment, waited
from cxr.ui.words import _, said, written
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case
from cxr.worklist.reading.neighbours import Neighbours
from cxr.worklist.reading.page import Ranked

# Others work on the case too, and its score may still come.
REFRESH_SECONDS = 3


def show_navigation(ranked: Ranked | None, number: int, around: Neighbours) -> None:
    """Offer the list, the neighbours in it, and the next case to read, beside the case's status."""
    with st.container(horizontal=True, vertical_alignment="center", key=STEPS):
        st.page_link(WORKLIST_PAGE, label=_("Worklist"), icon=":material/arrow_back:")
        show_steps(number, around)
        st.button(
            _("Claim next"),
            icon=":material/skip_next:",
            shortcut="n",
            disabled=not reader(),
            on_click=open_next,
            args=(number,),
            help=_("Claims and opens the first case that nobody has claimed.") if reader() else _(NAME_FIRST),
        )
        if ranked:
            with st.container(key="case-status"):
                st.fragment(show_status, run_every=REFRESH_SECONDS)(ranked, around)


@stopping_on_errors()
def show_status(drawn: Ranked, around: Neighbours) -> None:
    """Show rank, reason, state and reader as they are now; this reruns every few seconds.

    A change that leaves the reader's form as it is redraws the page. Any other change is reported first, so
    that nothing being typed vanishes.
    """
    ranked = drawn if drawn_with_page() else worklist().ranked.ranked(drawn.case.number)
    if ranked is None:
        return
    case = ranked.case
    if ranked.rank:
        st.markdown(
            _(
                "**Rank {rank}** · waited {waited} · {why}",
                rank=written(ranked.rank),
                waited=waited(ranked.waited),
                why=said(ranked.why),
            )
        )
        show_raised(case)
    else:
        state = _("Read") if case.report else _("Dismissed")
        st.markdown(_("**{state}** · waited {waited}", state=state, waited=waited(ranked.waited)))
    if case.withheld != drawn.case.withheld:
        st.rerun()
    if case.version == drawn.case.version:
        if another_end(case.number, around):
            st.rerun()
        return
    if _form(case) == _form(drawn.case):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(_("{change} Your note is kept.", change=_change(case)), icon=":material/sync_problem:")
        st.button(_("Refresh the case"), icon=":material/refresh:", on_click=st.rerun)


def show_raised(case: Case) -> None:
    """Show who raised the case, and why."""
    if not case.raised:
        return
    lines = worklist().audit.lines(case=case.number, action=Action.RAISED)
    by = ", ".join(f"**{literal(line.who)}**: “{literal(line.text or '')}”" for line in lines)
    st.markdown(_(":material/arrow_upward: Raised by {by}", by=by or _("the request or the modality")))


def _form(case: Case) -> tuple[object, ...]:
    """Return what decides which form the reader sees."""
    return case.reader, case.report and case.report.read_at, case.dismissed_at


def _change(case: Case) -> str:
    if case.dismissed_at:
        return _("This case was just dismissed.")
    if case.report:
        return _(
            "{reader} read this case at {read_at}.",
            reader=literal(case.reader or ""),
            read_at=moment(case.report.read_at),
        )
    if case.reader and case.claimed_at:
        return _(
            "{reader} claimed this case at {claimed_at}.",
            reader=literal(case.reader),
            claimed_at=moment(case.claimed_at),
        )
    return _("This case was just released.")


def show_picture(place: DeltaGenerator, case: Case, shown: Case, after: int | None) -> None:
    """Show a film of a case in the viewer, which stays from case to case; the one after is loaded ahead."""
    following = worklist().ranked.case(after) if after is not None else None
    with place:
        show_viewer(
            "viewer-case",
            _offer(shown),
            shown.heat,
            companions(case, shown),
            _offer(following) if following and following.thumbnail else None,
        )


def _offer(case: Case) -> Offer:
    return session().offers.of(worklist().film_source(case), case.sha256)


def show_case(number: int) -> None:
    """Show a case: its status, the desk, its films, its history, and the patient's other cases."""
    ranked = worklist().ranked.ranked(number)
    around = neighbours(number)
    show_navigation(ranked, number, around)
    if ranked is None:
        st.info(
            _("There is no case {number}. Open one from the worklist.", number=number),
            icon=":material/search_off:",
        )
        return
    case = ranked.case
    record_opening(case)
    show_problem()
    show_patient(case)
    film, desk = st.columns([7, 3], gap="medium")
    with film:
        shown = choose_film(case)
        source = worklist().film_source(shown)
        picture = st.container()
        # Before the film is read here: the browser loads it meanwhile, and the desk does not wait for it.
        if shown.thumbnail:
            show_picture(picture, case, shown, around[1])
    with desk, st.container(key="desk", gap="small"):
        show_desk(case, around)
        result = st.container()
    with film:
        view = case_view(shown, source)
        if view.grey is None:
            picture.caption(_(view.missing))
        elif not shown.thumbnail:
            show_picture(picture, case, shown, around[1])
        show_about(view)
        show_study_films(case, shown.film_number)
        if view.grey is not None:
            show_redaction(shown, view.grey)
    with result:
        show_result(view, Answers(partial(invert, shown), partial(orient, shown), partial(overrule, shown)))
        with st.container(horizontal=True):
            show_report_download(case)
    if case.scored_at is None:
        worker()
    history, others = st.columns(2, gap="large")
    with history:
        show_history(case)
    with others:
        show_other_cases(case)


number = open_number()
show_head(_("Case") if number is None else _("Case {number}", number=number))
ask_reader()
show_notices()
with stopping_on_errors():
    show_raising()
    show_dismissing()
    show_done()
    if number is None:
        st.info(_("No case is open. Choose one from the worklist."), icon=":material/inbox:")
        st.page_link(WORKLIST_PAGE, label=_("Worklist"), icon=":material/arrow_back:")
    else:
        show_case(number)
