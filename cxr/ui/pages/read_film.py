"""Page: read a film. From top to bottom what the screen shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from cxr.explain.overlay import DISPLAY_SIDE
from cxr.film import MAX_FILE_MB, FilmSource, Inverted, Population, read_film
from cxr.samples import sample_paths
from cxr.ui.free_memory import give_back_memory
from cxr.ui.service import screener
from cxr.ui.widgets.film_view import FilmView, literal, show_film, view_of
from cxr.ui.widgets.notices import show_notices
from cxr.ui.widgets.population import choose_population

MOST_FILMS = 60
"""So many are read at once: their pictures stay in memory for as long as the page is open."""
ATTRIBUTION = (
    "Composites, not patients: each is a blend of at least eight training films of one class, aligned and "
    "sharpened, so that nobody's film can be recognised. Films: Kermany, Zhang, Goldbaum, "
    "*Labeled Optical Coherence Tomography and Chest X-Ray Images*, Mendeley Data, CC BY 4.0."
)

Shown = FilmView | str
"""A film, or the sentence that says why it could not be read."""

Key = tuple[str, str, Population, bool]


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it was handed in, and whether the user had its film turned round."""

    name: str
    content: bytes
    sha256: str
    population: Population
    turned: bool

    @property
    def key(self) -> Key:
        """What tells it from the others and stays the same while the page reruns."""
        return self.name, self.sha256, self.population, self.turned

    @property
    def source(self) -> FilmSource:
        """What the film is read from."""
        return Inverted(self.content) if self.turned else self.content


def give(name: str, content: bytes, population: Population) -> Given:
    """Take a file."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Given(name, content, sha256, population, turned=sha256 in _turned())


def turn(file: Given, turned: bool) -> None:
    """Have a file's film turned round from now on, or no longer."""
    (_turned().add if turned else _turned().discard)(file.sha256)


def _turned() -> set[str]:
    """Hashes of the files whose films the user had turned round."""
    turned: set[str] = st.session_state.setdefault("turned", set())
    return turned


def read(files: Sequence[Given]) -> list[tuple[Given, Shown]]:
    """Screen files, but those of the last run from memory; one result a file, in order."""
    last: dict[Key, Shown] = st.session_state.get("read", {})
    kept = {file.key: last[file.key] for file in files if file.key in last}
    # Kept as it grows: a click in between starts the page anew, and no film is screened twice.
    st.session_state["read"] = kept
    new = [file for file in files if file.key not in kept]
    if new:
        outcomes = screener().screen((file.source, file.population) for file in new)
        bar = st.progress(0.0, f"Reading {len(new)} of {len(files)} films")
        for done, (file, outcome) in enumerate(zip(new, outcomes, strict=True), start=1):
            if outcome.error:
                kept[file.key] = outcome.error.sentence
            elif outcome.result:
                kept[file.key] = view_of(file.name, read_film(file.source, DISPLAY_SIDE), outcome.result)
            bar.progress(done / len(new), f"Read {done} of {len(new)} films")
        bar.empty()
        give_back_memory()
    return [(file, kept[file.key]) for file in files]


def show(results: Sequence[tuple[Given, Shown]]) -> None:
    """Show what could not be read in a line each, then every film in the order given, copies once."""
    for file, shown in results:
        if isinstance(shown, str):
            st.error(f"**{literal(file.name)}** was not read. {shown}", icon=":material/broken_image:")
    seen: set[str] = set()
    for file, shown in results:
        if isinstance(shown, str):
            continue
        if shown.key in seen:
            st.info(
                f"**{literal(file.name)}** is the same film as one above.", icon=":material/content_copy:"
            )
        else:
            seen.add(shown.key)
            show_film(shown, partial(turn, file))


def samples() -> list[Given]:
    """The composites that come with the app, all of children."""
    return [
        give(path.stem.replace("-", " ").capitalize(), path.read_bytes(), Population.CHILD)
        for path in sample_paths()
    ]


st.title("Read a film", anchor=False)
show_notices()
stated = choose_population("read-population")
uploads = st.file_uploader(
    f"Frontal chest films: PNG, JPEG, TIFF, BMP, WebP or DICOM; those of up to {MAX_FILE_MB} MB are read",
    accept_multiple_files=True,
)
with_samples = st.toggle("Try sample films", help="Six composites, for a first look without a film at hand.")
given = [give(upload.name, upload.getvalue(), stated) for upload in uploads]
if with_samples:
    st.caption(ATTRIBUTION)
    given += samples()
if len(given) > MOST_FILMS:
    st.warning(
        f"Only the first {MOST_FILMS} of {len(given)} films are read here. Batches go on the *Worklist*.",
        icon=":material/format_list_numbered:",
    )
if given:
    show(read(given[:MOST_FILMS]))
else:
    st.info(
        "Drop one or several films above, or switch on *Try sample films*. To put a whole batch in order, "
        "open the *Worklist* in the sidebar.",
        icon=":material/arrow_upward:",
    )
