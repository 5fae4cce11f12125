"""Films come onto the worklist: the drop area, how far the scoring is, and what became of the last drop."""

from __future__ import annotations

import streamlit as st

from cxr.film import MAX_FILE_MB
from cxr.ui.service import warm_up, worker, worklist
from cxr.ui.widgets.film_view import literal
from cxr.ui.widgets.population import choose_population
from cxr.ui.widgets.reader import UNNAMED, reader
from cxr.ui.widgets.times import duration
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.store.database import WorklistError

BATCH = "batch"
# So many films of a batch get a line of their own before the rest is counted.
LINES = 8


def add_films(expanded: bool) -> None:
    """Take films or a folder, write each down, and wake the worker."""
    with st.expander("Add films", icon=":material/add_photo_alternate:", expanded=expanded):
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
        # A click in between starts the page anew, with this drop still in the uploader: what it has put on
        # the list already is then not counted as known.
        if st.session_state.get("batch_of") != drop or BATCH not in st.session_state:
            st.session_state[BATCH], st.session_state["batch_of"] = {}, drop
        batch: dict[tuple[int, str], Accepted] = st.session_state[BATCH]
        bar = st.progress(0.0)
        for done, upload in enumerate(uploads, start=1):
            try:
                accepted = worklist().intake.accept(
                    upload.name, upload.getvalue(), stated, reader() or UNNAMED
                )
            except WorklistError as error:
                st.error(
                    f"**{literal(upload.name)}** is not on the worklist. {error}", icon=":material/error:"
                )
                st.stop()
            batch.setdefault((accepted.number, upload.name), accepted)
            bar.progress(done / len(uploads), f"Written down {done} of {len(uploads)} films")
    worker().wake()
    # A fresh uploader: the films are on the worklist, and the browser need not hold them any longer.
    st.session_state["drops"] = drop + 1
    st.rerun()


def show_progress(waiting: int) -> None:
    """Show how far the scoring is, or what keeps it from going on."""
    if not waiting:
        return
    model = warm_up()
    if model.done() and (error := model.exception()):
        st.error(f"{error} The films wait on the list.", icon=":material/error:")
        return
    if worker().cancelled:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/pause_circle: Scoring is stopped; {films(waiting)} wait on the list.")
            st.button("Go on scoring", icon=":material/play_arrow:", on_click=worker().wake)
        return
    pace = worker().pace()
    if pace is None:
        worker().wake()
        return
    words = f"Scored {pace.done:,} of {pace.total:,} films"
    if not model.done():
        words += ", the model is warming up"
    elif pace.seconds_left is not None and pace.rate is not None:
        words += f", {pace.rate:.1f} a second, about {duration(pace.seconds_left)} left"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(pace.done / pace.total if pace.total else 0.0, words)
        st.button("Cancel", icon=":material/stop_circle:", on_click=worker().cancel)


def show_batch() -> None:
    """Say what became of the films dropped last: how many are new, and a line for each without a score."""
    batch: list[Accepted] = list(st.session_state.get(BATCH, {}).values())
    if not batch:
        return
    known = [film for film in batch if film.known_as is not None]
    cases = {case.number: case for case in worklist().ranked.refused([film.number for film in batch])}
    refused = [film for film in batch if film.number in cases]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{films(len(batch) - len(known))} added.**")
            st.button(
                "Close",
                icon=":material/close:",
                type="tertiary",
                on_click=lambda: st.session_state.pop(BATCH),
            )
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


def films(count: int) -> str:
    """A number of films in words."""
    return f"{count:,} film" if count == 1 else f"{count:,} films"
