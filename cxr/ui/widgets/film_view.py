"""What is shown of a film, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cxr.explain.overlay import DISPLAY_SIDE, display
from cxr.film import AS_STORED, FilmError, FilmErrorCode, Orientation, Population, read_film
from cxr.film.decoding_pool import DecodingFailedError, DecodingUnavailableError
from cxr.film.film import Sex
from cxr.quality.check import RefusalCode
from cxr.quality.head import SENTENCES
from cxr.triage.flag import OVERRULED, Flag
from cxr.triage.words import age_words
from cxr.ui.service import settings
from cxr.ui.words import N_

if TYPE_CHECKING:
    from cxr.explain.gradcam import HeatMap
    from cxr.explain.overlay import Grey
    from cxr.film import Film, FilmSource
    from cxr.model.card import OperatingPoints
    from cxr.screening import ScreeningResult
    from cxr.triage.flag import Reason
    from cxr.worklist.case import Case

SEXES = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.OTHER: "sex other", None: ""}
UNREADABLE = N_("No image: the file could not be read.")
NOT_NOW = N_("No image for now: the server could not read the file in time. Open the film again in a minute.")
PURGED = N_("No image: the film was read and its pixels are no longer stored.")


@dataclass(frozen=True, slots=True, eq=False)
class FilmView:
    """A film and its result, as shown.

    Attributes
    ----------
    key
        Distinguishes the films on a page; contains no name.
    prevalence
        Share of films with pneumonia that the probability assumes.
    inverted, orientation
        Whether a person had the grey levels inverted, and how the film rotated or mirrored.
    missing
        Why there is no image, if there is none.
    settled
        Whether the case is read or dismissed, so that no advice is given.
    population
        What is known of the patient's age group.
    header
        Age, sex and view from the DICOM header, in English.
    points_for
        Population whose operating points were used.
    withheld
        Whether the site withholds results, so that there is none to show.
    sha256, source
        What the viewer reads the film from, and the digest of its file.
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
    inverted: bool
    population: Population
    missing: str = UNREADABLE
    settled: bool = False
    header: str = ""
    points_for: Population | None = None
    sha256: str = ""
    source: FilmSource | None = None
    orientation: Orientation = AS_STORED
    withheld: bool = False

    @property
    def refused_as(self) -> RefusalCode | None:
        """What the quality check took the picture for, where a person may know better."""
        if self.flag is not Flag.REFUSED:
            return None
        given = {reason.code for reason in self.reasons}
        codes = [code for code in RefusalCode if code in given]
        return codes[0] if len(codes) == 1 and codes[0] in SENTENCES else None

    @property
    def overruled(self) -> bool:
        """Whether it was scored because a person overruled the quality check."""
        return any(reason.code == OVERRULED for reason in self.reasons)


def view_of(
    name: str, film: Film, result: ScreeningResult, stated: Population, source: FilmSource
) -> FilmView:
    """Collect what is shown of a film just read."""
    score = result.score
    return FilmView(
        key=film.sha256[:12],
        name=name,
        grey=display(film),
        flag=result.decision.flag,
        reasons=result.decision.reasons,
        probability=score.probability if score else None,
        prevalence=settings().prevalence,
        operating_points=score.operating_points if score else None,
        heat=result.heat,
        version=result.bundle_version,
        inverted=film.inverted_by_reader,
        points_for=score.population if score else None,
        population=stated if film.population is Population.UNKNOWN else film.population,
        header=header_words(film),
        sha256=film.sha256,
        source=source,
        orientation=film.orientation,
    )


def case_view(case: Case, source: FilmSource) -> FilmView:
    """Collect what is shown of a film on the worklist; a purged one has no image."""
    stored = Stored(missing=PURGED) if case.purged_at else _stored(case.sha256, source)
    return FilmView(
        key=case.sha256[:12],
        name=next(film.name for film in case.films if film.number == case.film_number),
        grey=stored.grey,
        flag=case.flag,
        reasons=case.reasons,
        probability=case.probability,
        prevalence=case.prevalence or settings().prevalence,
        operating_points=case.operating_points,
        heat=case.heat,
        version=case.bundle_version or "",
        inverted=case.inverted,
        points_for=case.points_for or case.population,
        population=case.population or case.stated,
        missing=stored.missing,
        settled=bool(case.report or case.dismissed_at),
        header=stored.header,
        sha256=case.sha256,
        source=source,
        withheld=case.withheld,
        orientation=case.orientation,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Image and header words of a stored film, or why there is no image."""

    grey: Grey | None = None
    header: str = ""
    missing: str = UNREADABLE


def _stored(sha256: str, source: FilmSource) -> Stored:
    """Read a stored film; that the server is too busy, or the file away for a while, is not remembered."""
    try:
        return remembered(sha256, source)
    except (DecodingFailedError, DecodingUnavailableError):
        return Stored(missing=NOT_NOW)
    except FilmError:
        return Stored()


@st.cache_data(max_entries=32, show_spinner=False)
def remembered(sha256: str, source: FilmSource) -> Stored:
    """Read a stored film, once for the page and the viewer's small picture.

    Raises
    ------
    DecodingFailedError, DecodingUnavailableError
        If the server could not read it in time.
    FilmError
        `NOT_FOUND`, where its file is away.
    """
    try:
        film = read_film(source, DISPLAY_SIDE, any_view=True)
    except FilmError as error:
        if isinstance(error, DecodingFailedError) or error.code is FilmErrorCode.NOT_FOUND:
            raise
        return Stored()
    return Stored(display(film), header_words(film))


def header_words(film: Film) -> str:
    """Write age, sex and view from the DICOM header in English; empty if it states none of them."""
    words = (age_words(film.age_years), SEXES[film.sex], f"{film.view} view" if film.view else "")
    return ", ".join(word for word in words if word)
