"""Adding films to the worklist: the upload, the progress of scoring, and what became of the last import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from cxr.access.rights import Right
from cxr.film import MAX_FILE_MB, FilmError
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.film.sandbox import left_out
from cxr.triage.flag import Flag
from cxr.ui.escape import literal
from cxr.ui.held_uploads import let_go
from cxr.ui.rights import may, require
from cxr.ui.service import warm_up, worker, worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import CANNOT_READ, attempt
from cxr.ui.widgets.counted import films, scored
from cxr.ui.widgets.left_out import NAMED, show_left_out
from cxr.ui.widgets.list_filters import show_only
from cxr.ui.widgets.population import CHOOSE, choose_population
from cxr.ui.widgets.reader import recorded_name
from cxr.ui.widgets.reason_words import reason_words
from cxr.ui.widgets.times import duration
from cxr.ui.words import N_, _, _n, said, written
from cxr.worklist.case import Case
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from cxr.film import Population

FILES, FOLDER = N_("Files"), N_("Folder")
LINES = 20
"""Films of an import that are listed one by one before the rest is counted."""


@dataclass(slots=True)
class Import:
    """What became of the files of one upload, those from the uploader with a certain number.

    Files are known by number and name: a click that interrupts the import starts it again from its first
    file, and what is then on the worklist already must not count as known.
    """

    uploader: int
    accepted: dict[tuple[int, str], Accepted] = field(default_factory=dict)
    left_out: dict[str, tuple[str, FilmError]] = field(default_factory=dict)


def add_films(expanded: bool) -> None:
    """Upload films or a folder, add each to the worklist, and wake the worker."""
    with st.expander(_("Add films"), icon=":material/add_photo_alternate:", expanded=expanded):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            mode = st.segmented_control(
                _("Upload"), [FILES, FOLDER], default=FILES, required=True, format_func=_
            )
            stated = choose_population("worklist-population")
        uploads = st.file_uploader(
            _(
                "Frontal chest films of up to {megabytes} MB each; a lateral is added to its study",
                megabytes=MAX_FILE_MB,
            ),
            accept_multiple_files="directory" if mode == FOLDER else True,
            key=f"upload-{mode}-{session().uploader}",
        )
        if not uploads:
            return
        if stated is None:
            st.warning(_(CHOOSE), icon=":material/arrow_upward:")
            return
        _add(uploads, stated)
    worker().wake()
    # A fresh uploader: the films are on the worklist, so the browser need not hold them any longer.
    session().uploader += 1
    let_go(uploads)
    st.rerun()


def _add(uploads: Sequence[UploadedFile], stated: Population) -> None:
    current = session().imported
    if current is None or current.uploader != session().uploader:
        current = session().imported = Import(session().uploader)
    bar = st.progress(0.0)
    for done, upload in enumerate(uploads, start=1):
        content = upload.getvalue()
        try:
            if other := left_out(content):
                current.left_out[upload.file_id] = upload.name, other
            else:
                require(Right.ADD_FILMS)
                accepted = worklist().intake.accept(upload.name, content, stated, recorded_name())
                current.accepted.setdefault((accepted.number, upload.name), accepted)
        except (NotPossibleError, WorklistError, DecodingUnavailableError) as error:
            why = _(CANNOT_READ) if isinstance(error, DecodingUnavailableError) else said(error)
            st.error(
                _("**{name}** was not added. {error}", name=literal(upload.name), error=why),
                icon=":material/error:",
            )
            st.stop()
        words = _n("Added {done} of {count} file", "Added {done} of {count} files", len(uploads), done=done)
        bar.progress(done / len(uploads), words)


def show_progress(waiting: int) -> None:
    """Show how far the scoring is, or what keeps it from going on."""
    if not waiting:
        return
    model = warm_up()
    if model.done() and (error := model.exception()):
        st.error(
            _("{error} The films stay on the worklist until then.", error=said(error)),
            icon=":material/error:",
        )
        return
    if worker().cancelled:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_(":material/pause_circle: Scoring is paused; {films} left.", films=films(waiting)))
            if may(Right.PAUSE):
                st.button(_("Resume scoring"), icon=":material/play_arrow:", on_click=_resume)
        return
    pace = worker().pace()
    if pace is None:
        worker().wake()
        return
    words = scored(pace.done, pace.total)
    if not model.done():
        words += _(", the model is warming up")
    elif pace.seconds_left is not None and pace.rate is not None:
        words += _(
            ", {rate} per second, about {time} left",
            rate=written(pace.rate, 1),
            time=duration(pace.seconds_left),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(pace.done / pace.total if pace.total else 0.0, words)
        if may(Right.PAUSE):
            st.button(_("Pause"), icon=":material/pause_circle:", on_click=_pause)


def _pause() -> None:
    attempt(Right.PAUSE, worker().cancel)


def _resume() -> None:
    attempt(Right.PAUSE, worker().wake)


def show_import() -> None:
    """Summarise the last import in one line; details and the cases not scored are a click away."""
    imported = session().imported
    if imported is None:
        return
    accepted = list(imported.accepted.values())
    known = [film for film in accepted if film.known_as is not None]
    cases = {case.number: case for case in worklist().ranked.refused([film.number for film in accepted])}
    refused = [film for film in accepted if film.number in cases]
    left_out = list(imported.left_out.values())
    if alone := not accepted and len(left_out) == 1:
        show_left_out(left_out, alone)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            _(":material/check: **{films} added.**", films=films(len(accepted) - len(known))), width="content"
        )
        if refused:
            st.markdown(
                _(":material/block: {count} not scored:", count=written(len(refused))), width="content"
            )
            st.button(
                _("Show"), type="tertiary", key="show-refused", on_click=show_only, args=(Flag.REFUSED,)
            )
        if known:
            st.markdown(
                _(":material/content_copy: {count} already on the worklist.", count=written(len(known))),
                width="content",
            )
        if left_out and not alone:
            st.markdown(
                _(":material/folder_off: {count} left out.", count=written(len(left_out))), width="content"
            )
        if refused or known or (left_out and not alone):
            with st.popover(_("Details"), type="tertiary"):
                show_left_out(left_out)
                if len(left_out) > NAMED:
                    _show_lines([_left_out(name, error) for name, error in left_out])
                _show_lines([_refused(film, cases[film.number]) for film in refused])
                _show_lines([_known(film) for film in known])
        st.button(_("Close"), icon=":material/close:", type="tertiary", on_click=_forget_import)


def _show_lines(lines: Sequence[str]) -> None:
    for line in lines[:LINES]:
        st.markdown(line)
    if len(lines) > LINES:
        st.caption(_("{count} more.", count=written(len(lines) - LINES)))


def _left_out(name: str, error: FilmError) -> str:
    return _(
        ":material/folder_off: **{name}** was left out: {kind}.", name=literal(name), kind=said(error.kind)
    )


def _refused(film: Accepted, case: Case) -> str:
    sentences = " ".join(reason_words(reason) for reason in case.reasons)
    return _(
        ":material/block: **{name}** was not scored. {sentences}",
        name=literal(film.name),
        sentences=sentences,
    )


def _known(film: Accepted) -> str:
    again = _(" It is scored again.") if film.again else ""
    named = "" if film.known_as == film.name else _(", as {name}", name=literal(film.known_as or ""))
    return _(
        "{name} is already on the worklist{named}.{again}", name=literal(film.name), named=named, again=again
    )


def _forget_import() -> None:
    session().imported = None
