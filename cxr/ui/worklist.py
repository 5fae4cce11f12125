"""Page: the worklist. From top to bottom what the screen shows."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.film import MAX_FILE_MB
from cxr.settings import Settings
from cxr.triage.flag import Flag
from cxr.ui.case_table import FILTERS, OPEN, lane, show_table
from cxr.ui.film_view import case_view, literal, show_film
from cxr.ui.notices import show_notices
from cxr.ui.population import choose_population
from cxr.ui.service import warm_up, worker, worklist
from cxr.worklist.case import Case, State
from cxr.worklist.ranking import Ranked, rank
from cxr.worklist.store import Accepted, WorklistError

# So many films of a batch get a line of their own before the rest is counted.
LINES = 8
# While nothing is scored, the list is drawn again this often: others add films, and waiting times grow.
IDLE_SECONDS = 30


def add_films() -> None:
    """Take films or a folder, write each down, and wake the worker."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control("Drop", ["Files", "Folder"], default="Files", required=True)
        stated = choose_population("worklist-population")
    drop = st.session_state.get("drops", 0)
    uploads = st.file_uploader(
        f"Frontal chest films; those of up to {MAX_FILE_MB} MB are read",
        accept_multiple_files="directory" if mode == "Folder" else True,
        key=f"drop-{mode}-{drop}",
    )
    if not uploads:
        return
    # A click in between starts the page anew, with this drop still in the uploader: what it has put on the
    # list already is then not counted as known.
    if st.session_state.get("batch_of") != drop or "batch" not in st.session_state:
        st.session_state["batch"], st.session_state["batch_of"] = {}, drop
    batch: dict[tuple[int, str], Accepted] = st.session_state["batch"]
    bar = st.progress(0.0)
    for done, upload in enumerate(uploads, start=1):
        try:
            accepted = worklist().accept(upload.name, upload.getvalue(), stated)
        except WorklistError as error:
            st.error(f"**{literal(upload.name)}** is not on the worklist. {error}", icon=":material/error:")
            st.stop()
        batch.setdefault((accepted.number, upload.name), accepted)
        bar.progress(done / len(uploads), f"Written down {done} of {len(uploads)} films")
    worker().wake()
    # A fresh uploader: the films are on the worklist, and the browser need not hold them any longer.
    st.session_state["drops"] = drop + 1
    st.rerun()


def show_progress(waiting: int) -> None:
    """Show how far the worker is, or what keeps it from working."""
    model = warm_up()
    if model.done() and (error := model.exception()):
        st.error(f"{error} The films wait on the list.", icon=":material/error:")
        return
    pace = worker().pace(waiting)
    if pace is None:
        worker().wake()
        return
    left = pace.seconds_left
    remaining = f", about {_duration(left)} left" if left is not None else ""
    warming = "" if model.done() else ", the model is warming up"
    st.progress(pace.done / pace.total, f"Scored {pace.done} of {pace.total} films{warming or remaining}")


def show_batch(batch: list[Accepted], cases: dict[int, Case]) -> None:
    """Say what became of the films dropped last: how many are new, and a line for each that has no score."""
    known = [film for film in batch if film.known_as is not None]
    refused = [film for film in batch if film.number in cases and cases[film.number].flag is Flag.REFUSED]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{_films(len(batch) - len(known))} added.**")
            if st.button("Close", icon=":material/close:", type="tertiary"):
                del st.session_state["batch"]
                st.rerun()
        for film in refused[:LINES]:
            sentence = " ".join(reason.sentence for reason in cases[film.number].reasons)
            st.warning(f"**{literal(film.name)}** was not scored. {sentence}", icon=":material/block:")
        if len(refused) > LINES:
            st.warning(f"{len(refused) - LINES} more were not scored: see the list under *Not scored*.")
        for film in known[:LINES]:
            again = " It is scored once more." if film.again else ""
            named = "" if film.known_as == film.name else f" as {literal(film.known_as or '')}"
            st.caption(f"{literal(film.name)} was handed in before{named}: one film, one row.{again}")
        if len(known) > LINES:
            st.caption(f"{len(known) - LINES} more were handed in before.")


def show_taken_off() -> None:
    """List the films that were taken off, the last one first, each with a way back."""
    taken = worklist().taken_off()
    if not taken:
        return
    with st.expander(f"Taken off the list: {_films(len(taken))}", icon=":material/remove_circle:"):
        for case in taken[:LINES]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(literal(case.name))
                if st.button("Undo", icon=":material/undo:", key=f"undo-{case.number}"):
                    worklist().bring_back([case.number])
                    st.rerun()
        if len(taken) > LINES and st.button(f"Undo for all {len(taken)}", icon=":material/undo:"):
            worklist().bring_back([case.number for case in taken])
            st.rerun()


def show_case(shown: list[Ranked], number: int) -> None:
    """Show the open case, with a way to its neighbours."""
    place = next((i for i, ranked in enumerate(shown) if ranked.case.number == number), None)
    if place is None:
        return
    ranked = shown[place]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Rank {ranked.rank}** · {ranked.why}")
        if st.button("Previous", icon=":material/arrow_back:", shortcut="p", disabled=place == 0):
            open_case(shown[place - 1].case.number)
        if st.button("Next", icon=":material/arrow_forward:", shortcut="n", disabled=place + 1 == len(shown)):
            open_case(shown[place + 1].case.number)
        if st.button("Take off the list", icon=":material/remove_circle:"):
            worklist().set_aside([number])
            st.rerun()

    def turn(turned: bool) -> None:
        worklist().turn_round(number, turned)
        worker().wake()

    show_film(case_view(ranked.case, worklist().film_source(ranked.case)), turn)


def open_case(number: int) -> None:
    """Open a case and draw the page again."""
    st.session_state[OPEN] = number
    st.rerun()


def show_list() -> None:
    """Show counts, table and the open case; while films are scored this runs once a second."""
    cases = worklist().cases()
    waiting = sum(case.state is State.WAITING for case in cases)
    if waiting:
        show_progress(waiting)
    elif st.session_state.pop("scoring", False):
        st.rerun()
    st.session_state["scoring"] = waiting > 0
    if batch := st.session_state.get("batch"):
        show_batch(list(batch.values()), {case.number: case for case in cases})
    show_taken_off()
    if not cases:
        st.info(
            "The worklist is empty. Drop films above; they are ranked as they are scored.",
            icon=":material/inbox:",
        )
        return
    cap = datetime.timedelta(hours=Settings().waiting_cap_hours)
    ranked = rank(cases, datetime.datetime.now(datetime.UTC), cap)
    counts = {name: sum(lane(case) == name for case in cases) for name in FILTERS}
    chosen = st.pills(
        "Show",
        [name for name in FILTERS if counts[name]],
        selection_mode="multi",
        format_func=lambda name: f"{name} {counts[name]}",
        key="lanes",
    )
    shown = [one for one in ranked if not chosen or lane(one.case) in chosen]
    show_table(shown)
    if (number := st.session_state.get(OPEN)) is not None:
        show_case(shown, number)


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _films(count: int) -> str:
    return f"{count} film" if count == 1 else f"{count} films"


st.title("Worklist", anchor=False)
show_notices()
try:
    worker()
except WorklistError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
add_films()
still_waiting = worklist().counts()[State.WAITING] > 0
st.fragment(show_list, run_every=1 if still_waiting else IDLE_SECONDS)()
