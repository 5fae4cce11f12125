"""Films uploaded on the page *Read a film*, and their results, which the session keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr.access.rights import Right
from cxr.explain.overlay import DISPLAY_SIDE
from cxr.film import (
    AS_STORED,
    Adjusted,
    FilmError,
    FilmSource,
    Orientation,
    Overruled,
    Population,
    read_film,
)
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.film.sandbox import left_out
from cxr.ui.free_memory import return_free_memory
from cxr.ui.rights import may
from cxr.ui.service import screener, worker, worklist
from cxr.ui.session import session, session_key
from cxr.ui.viewer.offers import Offers
from cxr.ui.widgets.counted import films as counted
from cxr.ui.widgets.counted import scored
from cxr.ui.widgets.film_view import FilmView, view_of
from cxr.ui.words import N_, _, _n

if TYPE_CHECKING:
    from cxr.screening import ScreeningResult

Shown = FilmView | FilmError
"""A film, or why it could not be read."""
FilmKey = tuple[str, str, Population, bool, Orientation, bool]
NOT_NOW = N_("The server cannot read films just now. Your films are kept: reload the page in a minute.")


@dataclass(frozen=True, slots=True)
class UploadedFilm:
    """A file as uploaded, and what the user said of it.

    `inverted`: grey levels are to be inverted. `orientation`: how it is rotated and mirrored. `overruled`:
    score it although the quality check refuses.
    """

    name: str
    content: bytes
    sha256: str
    population: Population
    inverted: bool
    orientation: Orientation = AS_STORED
    overruled: bool = False

    @classmethod
    def of(cls, name: str, content: bytes, population: Population) -> UploadedFilm:
        """Take a file as the session has it."""
        sha256 = hashlib.sha256(content).hexdigest()
        inverted, overruled = sha256 in session().inverted, sha256 in session().overruled
        orientation = session().oriented.get(sha256, AS_STORED)
        return cls(name, content, sha256, population, inverted, orientation, overruled)

    @property
    def key(self) -> FilmKey:
        """What distinguishes the file from others and stays the same between reruns."""
        return self.name, self.sha256, self.population, self.inverted, self.orientation, self.overruled

    @property
    def to_score(self) -> FilmSource | Overruled:
        """What the film is scored from."""
        return Overruled(self.source) if self.overruled else self.source

    @property
    def source(self) -> FilmSource:
        """What the film is read from."""
        return Adjusted(self.content, self.inverted, self.orientation)

    def invert(self, inverted: bool) -> None:
        """Invert the film from the next rerun on, or undo that."""
        (session().inverted.add if inverted else session().inverted.discard)(self.sha256)

    def orient(self, orientation: Orientation) -> None:
        """Rotate or mirror the film from the next rerun on."""
        session().oriented[self.sha256] = orientation

    def overrule(self, overruled: bool) -> None:
        """Have the film scored from the next rerun on although it was refused, or undo that."""
        (session().overruled.add if overruled else session().overruled.discard)(self.sha256)


def screen(files: Sequence[UploadedFilm]) -> list[tuple[UploadedFilm, Shown]]:
    """Screen the files that are new since the last run; one result for each file, in order."""
    last = session().results
    kept = {file.key: last[file.key] for file in files if file.key in last}
    # Stored while it grows: a click that interrupts this run must not cause a second screening.
    session().results = kept
    new = [file for file in files if file.key not in kept]
    if new:
        try:
            _score(new, len(files))
        except DecodingUnavailableError:
            st.error(_(NOT_NOW), icon=":material/error:")
            st.stop()
        return_free_memory()
    return [(file, kept[file.key]) for file in files]


def _score(new: Sequence[UploadedFilm], of: int) -> None:
    kept = session().results
    outcomes = screener().screen((file.to_score, file.population) for file in new)
    bar = st.progress(
        0.0, _n("Scoring {new} of {count} film", "Scoring {new} of {count} films", of, new=len(new))
    )
    for done, (file, outcome) in enumerate(zip(new, outcomes, strict=True), start=1):
        if outcome.error:
            kept[file.key] = outcome.error
        elif outcome.result:
            kept[file.key] = _shown(file, outcome.result)
        bar.progress(done / len(new), scored(done, len(new)))
    bar.empty()


def _shown(file: UploadedFilm, result: ScreeningResult) -> Shown:
    try:
        film = read_film(file.source, DISPLAY_SIDE)
    except FilmError as error:
        return error
    return view_of(file.name, film, result, file.population, file.source)


def offer_worklist(films: Sequence[UploadedFilm]) -> None:
    """Offer to add the uploaded films to the worklist, which ranks and reports them, or to clear them."""
    if session().problem or session().done:
        # Imported where needed: this page shows before the worklist is there.
        from cxr.ui.widgets.attempt import show_done, show_problem

        show_problem()
        show_done()
    with st.container(horizontal=True, vertical_alignment="center"):
        if may(Right.ADD_FILMS):
            add = partial(_add, films)
            st.button(_("Add to the worklist"), icon=":material/playlist_add:", on_click=add)
        st.button(_("Clear films"), icon=":material/close:", type="tertiary", on_click=_clear)
        st.caption(_("The films stay here until you clear them or close the page."), width="content")


def _add(films: Sequence[UploadedFilm]) -> None:
    from cxr.ui.widgets.attempt import attempt
    from cxr.ui.widgets.reader import recorded_name

    def add() -> int:
        added = [film for film in films if not left_out(film.content)]
        for film in added:
            worklist().intake.accept(film.name, film.content, film.population, recorded_name())
        return len(added)

    added = attempt(Right.ADD_FILMS, add)
    if added is not None:
        worker().wake()
        session().done = _("{films} added: open the *Worklist* in the sidebar.", films=counted(added))


def _clear() -> None:
    current = session()
    current.kept, current.results, current.offers = [], {}, Offers(session_key())
