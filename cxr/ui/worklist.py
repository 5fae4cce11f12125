"""Page: the worklist. From top to bottom what the screen shows."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.film import MAX_FILE_MB
from cxr.settings import Settings
from cxr.ui.case_table import FILTERS, OPEN, lane, show_table
from cxr.ui.film_view import case_view, literal, show_film
from cxr.ui.notices import show_notices
from cxr.ui.population import choose_population
from cxr.ui.service import model_error, worker, worklist
from cxr.worklist.case import Case, State
from cxr.worklist.ranking import Ranked, rank
from cxr.worklist.store import Accepted

# So many films of a batch get a line of their own before the rest is counted.
LINES = 8


def add_films() -> None:
    """Take films or a folder, write each down, and wake the worker."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control("Drop", ["Files", "Folder"], default="Files", required=True)
        stated = choose_population("worklist-population")
    uploads = st.file_uploader(
        f"Frontal chest films, up to {MAX_FILE_MB} MB each",
        accept_multiple_files="directory" if mode == "Folder" else True,
        max_upload_size=MAX_FILE_MB,
        key=f"drop-{mode}-{st.session_state.get('drops', 0)}",
    )
    if not uploads:
        return
    bar = st.progress(0.0)
    accepted = []
    for done, upload in enumerate(uploads, start=1):
        accepted.append(worklist().accept(upload.name, upload.getvalue(), stated))
        bar.progress(done / len(uploads), f"Written down {done} of {len(uploads)} films")
    worker().wake()
    st.session_state["batch"] = accepted
    # A fresh uploader: the films are on the worklist, and the browser need not hold them any longer.
    st.session_state["drops"] = st.session_state.get("drops", 0) + 1
    st.rerun()


def show_progress(waiting: int) -> None:
    """Show how far the worker is, or what keeps it from working."""
    if error := model_error():
        st.error(f"{error} The films wait on the list.", icon=":material/error:")
        return
    pace = worker().pace(waiting)
    if pace is None:
        worker().wake()
        return
    left = pace.seconds_left
    remaining = f", about {max(1, round(left))} s left" if left is not None else ", the model is warming up"
    st.progress(pace.done / pace.total, f"Scored {pace.done} of {pace.total} films{remaining}")


def show_batch(batch: list[Accepted], cases: dict[int, Case]) -> None:
    """Say what became of the films dropped last: how many are new, and a line for each that has no score."""
    new = [film for film in batch if film.known_as is None]
    known = [film for film in batch if film.known_as is not None]
    refused = [film for film in new if film.number in cases and lane(cases[film.number]) == "Not scored"]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{_films(len(new))} added.**")
            if st.button("Close", icon=":material/close:", type="tertiary"):
                del st.session_state["batch"]
                st.rerun()
        for film in refused[:LINES]:
            sentence = " ".join(reason.sentence for reason in cases[film.number].reasons)
            st.warning(f"**{literal(film.name)}** was not scored. {sentence}", icon=":material/block:")
        if len(refused) > LINES:
            st.warning(f"{len(refused) - LINES} more were not scored: see the list under *Not scored*.")
        for film in known[:LINES]:
            st.caption(
                f"{literal(film.name)} was on the worklist already, as {literal(film.known_as or '')}."
            )
        if len(known) > LINES:
            st.caption(f"{len(known) - LINES} more were on the worklist already.")


def show_undo() -> None:
    """Offer to bring back the film that was taken off last."""
    taken: Case | None = st.session_state.get("taken")
    if taken is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{literal(taken.name)}** was taken off the worklist.")
        if st.button("Undo", icon=":material/undo:"):
            worklist().bring_back([taken.number])
            del st.session_state["taken"]
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
            st.session_state["taken"] = ranked.case
            st.rerun()
    show_film(case_view(ranked.case, worklist().film_path(ranked.case)))


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
    show_undo()
    if batch := st.session_state.get("batch"):
        show_batch(batch, {case.number: case for case in cases})
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


def _films(count: int) -> str:
    return f"{count} film" if count == 1 else f"{count} films"


st.title("Worklist", anchor=False)
show_notices()
add_films()
worker()
still_waiting = worklist().counts()[State.WAITING] > 0
st.fragment(show_list, run_every=1 if still_waiting else None)()
