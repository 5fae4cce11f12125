"""Page: one case. From top to bottom what the screen shows."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cxr.ui.service import worker, worklist
from cxr.ui.widgets.attempt import attempt, failing_clearly, say_done, show_done, show_problem
from cxr.ui.widgets.case_desk import show_desk
from cxr.ui.widgets.case_history import show_history, show_other_films
from cxr.ui.widgets.case_link import go_to, note_opening, open_number
from cxr.ui.widgets.case_report import show_report_download
from cxr.ui.widgets.case_table import why
from cxr.ui.widgets.film_view import case_view, literal, show_film
from cxr.ui.widgets.notices import show_notices
from cxr.ui.widgets.patients import show_patient
from cxr.ui.widgets.raise_priority import show_raising
from cxr.ui.widgets.reader import WHO_FIRST, ask_reader, reader
from cxr.ui.widgets.redact_dialog import show_redaction
from cxr.ui.widgets.times import moment, waited
from cxr.worklist.audit.trail import Action
from cxr.worklist.case import Case, State
from cxr.worklist.reading.desk import NotPossibleError
from cxr.worklist.reading.ranked_list import Ranked

WORKLIST_PAGE = "cxr/ui/pages/worklist.py"
# Others work on the case too, and its score may still come.
REFRESH_SECONDS = 3


def show_way(ranked: Ranked | None, number: int) -> None:
    """Show the way to the list, to the neighbours, and to what is to be read next."""
    before, after = worklist().ranked.neighbours(number) if ranked and ranked.rank else (None, None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(WORKLIST_PAGE, label="Worklist", icon=":material/arrow_back:")
        for label, icon, key, neighbour in (
            ("Previous", ":material/chevron_left:", "p", before),
            ("Following", ":material/chevron_right:", "f", after),
        ):
            st.button(
                label,
                icon=icon,
                shortcut=key,
                disabled=neighbour is None,
                on_click=partial(go_to, neighbour or number),
            )
        st.button(
            "Next to read",
            icon=":material/skip_next:",
            shortcut="n",
            on_click=open_next,
            args=(number,),
            help="Opens the first film that nobody has.",
        )


def open_next(number: int) -> None:
    """Open the first case in the order of reading that nobody has; nobody takes it by that."""
    found = attempt(lambda: (worklist().ranked.next_to_read(after=number), worklist().ranked.case(number)))
    if found and found[0]:
        go_to(found[0].number)
        left = found[1]
        if left and left.state is State.IN_READING and left.reader == reader():
            say_done(f"Case {number} is still with you, without a finding.")
    elif found:
        say_done("No other film waits for a reader.")


def show_standing(drawn: Ranked) -> None:
    """Show rank, reason, state and reader, as they are now; this runs again every few seconds.

    Where the case changed in a way that leaves the reader's form as it is, the page is drawn anew. Else the
    reader is told, and asked first: what is being typed must not vanish.
    """
    with failing_clearly():
        ranked = worklist().ranked.ranked(drawn.case.number)
    if ranked is None:
        return
    case = ranked.case
    if ranked.rank:
        st.markdown(f"**Rank {ranked.rank:,}** · waited {waited(ranked.waited)} · {why(ranked)}")
        show_raised(case)
    else:
        word = "Read" if case.report else "Taken off the list"
        st.markdown(f"**{word}** · waited {waited(ranked.waited)}")
    if case.version == drawn.case.version:
        return
    if _form(case) == _form(drawn.case):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(f"{_change(case)} What you typed is kept.", icon=":material/sync_problem:")
        st.button("Show the case as it is now", icon=":material/refresh:", on_click=st.rerun)


def show_raised(case: Case) -> None:
    """Show who raised the case, and why."""
    if not case.raised:
        return
    said = [
        f"**{literal(line.who)}**: “{literal(line.text or '')}”"
        for line in worklist().audit.lines(case=case.number, action=Action.RAISED)
    ]
    st.markdown(f":material/arrow_upward: Raised by {', '.join(said) or 'the request or the modality'}")


def _form(case: Case) -> tuple[object, ...]:
    """What decides which form the reader sees."""
    return case.reader, case.report and case.report.read_at, case.dismissed_at


def _change(case: Case) -> str:
    if case.dismissed_at:
        return "This case was taken off the list just now."
    if case.report:
        return f"{case.reader} read this case at {moment(case.report.read_at)}."
    if case.reader and case.claimed_at:
        return f"{case.reader} took this case at {moment(case.claimed_at)}."
    return "This case was given back just now."


def turn(seen: Case, turned: bool) -> None:
    """Have the film turned round, or no longer, and scored anew."""
    if attempt(lambda: _turn(seen, turned)):
        worker().wake()


def _turn(seen: Case, turned: bool) -> Case:
    if not reader():
        raise NotPossibleError(WHO_FIRST)
    return worklist().desk.invert(seen, reader(), turned)


def show_case(number: int) -> None:
    """Show a case: where it stands, what is done with it, the film, what was done, the patient's others."""
    ranked = worklist().ranked.ranked(number)
    show_way(ranked, number)
    if ranked is None:
        st.info(f"There is no case {number}. Open one from the worklist.", icon=":material/search_off:")
        return
    case = ranked.case
    note_opening(case)
    show_problem()
    show_patient(number)
    st.fragment(show_standing, run_every=REFRESH_SECONDS)(ranked)
    show_desk(case)
    view = case_view(case, worklist().film_source(case))
    show_film(view, partial(turn, case))
    show_report_download(case)
    if view.grey is not None:
        show_redaction(case, view.grey)
    if case.scored_at is None:
        worker()
    history, others = st.columns(2, gap="large")
    with history:
        show_history(case)
    with others:
        show_other_films(case)


number = open_number()
st.title("Case" if number is None else f"Case {number}", anchor=False)
ask_reader()
show_notices()
with failing_clearly():
    show_raising()
    show_done()
    if number is None:
        st.info("No case is open. Choose one from the worklist.", icon=":material/inbox:")
        st.page_link(WORKLIST_PAGE, label="Worklist", icon=":material/arrow_back:")
    else:
        show_case(number)
