"""One film on the screen: beside its overlay, with probability, flag and what to do next."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st
from PIL import Image

from cxr.explain.overlay import annotate, display, overlay
from cxr.film import FilmError, read_film
from cxr.film.film import Sex
from cxr.film.printable import printable
from cxr.quality.check import RefusalCode
from cxr.report.words import likelihood, where
from cxr.triage.flag import ADVICE, Flag
from cxr.ui.service import prevalence
from cxr.ui.widgets.probability_bar import heat_legend, probability_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr.explain.gradcam import HeatMap
    from cxr.explain.overlay import Grey
    from cxr.film import Film, FilmSource
    from cxr.model.card import OperatingPoints
    from cxr.screening import ScreeningResult
    from cxr.triage.flag import Reason
    from cxr.worklist.case import Case

BadgeColour = Literal["red", "orange", "green", "violet", "gray"]

LOOK: dict[Flag, tuple[str, str, BadgeColour]] = {
    Flag.URGENT: ("Urgent", ":material/priority_high:", "red"),
    Flag.REVIEW: ("Review", ":material/visibility:", "orange"),
    Flag.ROUTINE: ("Routine", ":material/check:", "green"),
    Flag.REFUSED: ("Not scored", ":material/block:", "violet"),
}
"""Word, icon and colour of each flag."""
WAITING: tuple[str, str, BadgeColour] = ("To be scored", ":material/hourglass_top:", "gray")
OLD_ENOUGH_FOR_YEARS = 2
"""A younger child's age is told in months."""
SEXES = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.OTHER: "sex other", None: ""}
WAITING_ADVICE = "This film is scored within moments; until then nothing is known of it."

UNREADABLE = "No picture: the file could not be read."
PURGED = "No picture: it was read, and its pixels are no longer kept."


@dataclass(frozen=True, slots=True, eq=False)
class FilmView:
    """What is shown of a film.

    `key` tells it from the others on a page and holds no name; `probability` holds where films show pneumonia
    as often as `prevalence` says; `turned` tells a film that a person had turned round; `missing` says why
    there is no picture, where there is none.
    """

    key: str
    name: str
    grey: Grey | None
    flag: Flag | None
    reasons: tuple[Reason, ...]
    probability: float | None
    prevalence: float
    operating_points: OperatingPoints | None
    heat: HeatMap | None
    version: str
    turned: bool
    missing: str = UNREADABLE
    settled: bool = False
    header: str = ""

    @property
    def inverted(self) -> bool:
        """Whether the film was refused as inverted, as it lies."""
        return any(reason.code == RefusalCode.INVERTED for reason in self.reasons)


def view_of(name: str, film: Film, reading: ScreeningResult) -> FilmView:
    """Gather what is shown of a film that was just read."""
    score = reading.score
    return FilmView(
        key=film.sha256[:12],
        name=name,
        grey=display(film),
        flag=reading.decision.flag,
        reasons=reading.decision.reasons,
        probability=score.probability if score else None,
        prevalence=prevalence(),
        operating_points=score.operating_points if score else None,
        heat=reading.heat,
        version=reading.bundle_version,
        turned=film.inverted_by_reader,
        header=header_words(film),
    )


def case_view(case: Case, source: FilmSource) -> FilmView:
    """Gather what is shown of a film on the worklist; of one that was purged there is no picture left."""
    grey, header = (None, "") if case.purged_at else _shown(case.sha256, source)
    return FilmView(
        key=case.sha256[:12],
        name=case.name,
        grey=grey,
        flag=case.flag,
        reasons=case.reasons,
        probability=case.probability,
        prevalence=prevalence(),
        operating_points=case.operating_points,
        heat=case.heat,
        version=case.bundle_version or "",
        turned=case.inverted,
        missing=PURGED if case.purged_at else UNREADABLE,
        settled=bool(case.report or case.dismissed_at),
        header=header,
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _shown(sha256: str, source: FilmSource) -> tuple[Grey | None, str]:
    """A film as it is shown and what its header says; nothing of one that cannot be read."""
    try:
        film = read_film(source)
    except FilmError:
        return None, ""
    return display(film), header_words(film)


def header_words(film: Film) -> str:
    """What a film's header says of patient and view, in words; empty where it says nothing."""
    said = (_age(film.age_years), SEXES[film.sex], f"{film.view} view" if film.view else "")
    return ", ".join(word for word in said if word)


def _age(years: float | None) -> str:
    if years is None:
        return ""
    return f"{int(years)} years" if years >= OLD_ENOUGH_FOR_YEARS else f"{int(12 * years)} months"


def literal(name: str) -> str:
    """A name as it is, whatever signs of Markdown it holds; what cannot be printed becomes a space."""
    name = printable(name)
    # Addresses become links whatever stands before their signs; a word joiner in them keeps that off.
    name = re.sub(r"(?i)(https?|ftp|mailto|www|(?=@))", "\\1\u2060", name)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", name)


@st.fragment
def show_film(view: FilmView, turn: Callable[[bool], None]) -> None:
    """Show a film in a box of its own, which reruns alone when its slider moves.

    Parameters
    ----------
    turn
        Called with true to have an inverted film turned round and scored, with false to undo it.
    """
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(literal(view.name), anchor=False, width="content")
            word, icon, color = LOOK[view.flag] if view.flag else WAITING
            st.badge(word, icon=icon, color=color)
        plain, heated, verdict = st.columns([4, 4, 3], gap="medium")
        with verdict:
            _verdict(view)
            _turning(view, turn)
            opacity = _opacity(view)
        if view.grey is None:
            plain.caption(view.missing)
            return
        plain.image(view.grey, "Film", width="stretch", alt="The film")
        if view.heat is None:
            return
        colours = overlay(view.grey, view.heat, opacity)
        heated.image(colours, _caption(view.heat), width="stretch", alt="The film with its heat map")
        with verdict:
            if view.heat.shown:
                st.html(heat_legend())
            _download(view, view.grey, view.heat, opacity)


def _verdict(view: FilmView) -> None:
    if view.probability is not None and view.operating_points is not None:
        st.metric("Probability of pneumonia", likelihood(view.probability))
        st.caption(where(view.prevalence))
        st.html(probability_bar(view.probability, view.operating_points))
    if not view.settled:
        st.markdown(f"**{ADVICE[view.flag] if view.flag else WAITING_ADVICE}**")
    for reason in view.reasons:
        st.markdown(reason.sentence)
    if view.header:
        st.caption(f"By its header: {view.header}")
    if view.version:
        st.caption(f"Model {view.version}")


def _turning(view: FilmView, turn: Callable[[bool], None]) -> None:
    """Offer to turn an inverted film round, or to undo it; a film that stays inverted is not turned again."""
    if view.turned:
        clicked = st.button("Undo turning round", icon=":material/undo:", key=f"turn-{view.key}")
    elif view.inverted:
        clicked = st.button(
            "Turn it round and score", icon=":material/invert_colors:", type="primary", key=f"turn-{view.key}"
        )
    else:
        return
    if clicked:
        turn(not view.turned)
        st.rerun()


def _opacity(view: FilmView) -> float:
    if view.heat is None or not view.heat.shown:
        return 0.0
    return st.slider("Opacity of the heat map", 0, 100, 55, 5, format="%d%%", key=f"opacity-{view.key}") / 100


def _caption(heat: HeatMap) -> str:
    if not heat.shown:
        return "Heat map: nothing is drawn for a routine film"
    if heat.values.max() < heat.contour:
        return "Heat map: no region stands out"
    return "Heat map: what raised the probability; outlined the region that raised it most"


def _download(view: FilmView, grey: Grey, heat: HeatMap, opacity: float) -> None:
    assert view.flag
    probability = ""
    if view.probability is not None:
        probability = f", probability {likelihood(view.probability)} {where(view.prevalence)}"
    line = f"{LOOK[view.flag][0]}{probability}, model {view.version}"

    def png() -> bytes:
        # Drawn anew: kept for a click that may never come, the colours of each film would take 3 MB.
        file = io.BytesIO()
        Image.fromarray(annotate(overlay(grey, heat, opacity), line)).save(file, "PNG")
        return file.getvalue()

    st.download_button(
        "Download overlay",
        png,
        f"overlay-{view.key}.png",
        "image/png",
        icon=":material/download:",
        key=f"download-{view.key}",
        on_click="ignore",
    )
