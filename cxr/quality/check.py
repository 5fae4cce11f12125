"""The quality check before the network runs: may this film be scored, judging by its pixels and header?"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Film, Population
from cxr.quality.grey_levels import BLANK_SPAN, LEVELS, MIN_LEVELS, MIN_LUNG_LEVELS, GreyLevels, grey_levels

MIN_AGE_YEARS = 1.0
MAX_ASPECT = 2.5
"""Longer side over the shorter one; whole chests of 32 full-size films reach 1.64."""


class RefusalCode(StrEnum):
    """Why a film is not scored; the values are stable, for other programs.

    `check_film` gives `blank`, `too_dark`, `too_bright` and, for its shape, `cropped` from the pixels and the
    two `unsupported` codes from the header and the stated population; the others, and `cropped` for what it
    shows, come from the network's features. A film that is `too_small`, or a file with several frames,
    never gets here: reading it fails with that `FilmErrorCode`.
    """

    BLANK = "blank"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    NOT_CHEST = "not_chest"
    LATERAL = "lateral"
    INVERTED = "inverted"
    UPSIDE_DOWN = "upside_down"
    ROTATED = "rotated"
    CROPPED = "cropped"
    MULTIPLE_IMAGES = "multiple_images"
    UNSUPPORTED_POPULATION = "unsupported_population"
    UNSUPPORTED_AGE = "unsupported_age"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason not to score a film, and what a person can do about it."""

    code: RefusalCode
    sentence: str


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """The result of the quality check: a film without refusals is accepted.

    `overruled` holds the refusals that a person overruled.
    """

    refusals: tuple[Refusal, ...] = ()
    overruled: tuple[Refusal, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the film may be scored."""
        return not self.refusals


def check_film(film: Film, population: Population, trained_on: Collection[Population]) -> QualityCheck:
    """Check from its pixels and header whether a film may be scored.

    Parameters
    ----------
    population
        From the header, else as stated by the user.
    trained_on
        Populations for which the model has operating points.
    """
    refusals = [
        _grey_levels(grey_levels(film)),
        _shape(film),
        _population(population, trained_on),
        _age(film),
    ]
    return QualityCheck(tuple(refusal for refusal in refusals if refusal))


def _grey_levels(grey: GreyLevels) -> Refusal | None:
    """Give at most one of three refusals: a blank film is neither dark nor bright."""
    if grey.blank:
        return Refusal(
            RefusalCode.BLANK,
            f"The film is blank: its grey levels span {grey.span:.0%} of the scale, and a film needs "
            f"{BLANK_SPAN:.0%}. Export it again with its window applied, or add another film.",
        )
    if grey.too_dark:
        return Refusal(
            RefusalCode.TOO_DARK,
            f"The film is too dark: {int(grey.lung_levels)} of {LEVELS} grey levels are left for the "
            f"lungs, and they need {MIN_LUNG_LEVELS}. Export it again with its window applied, or add "
            "another film.",
        )
    if grey.too_bright:
        return Refusal(
            RefusalCode.TOO_BRIGHT,
            f"The film is too bright: {int(grey.levels)} of {LEVELS} grey levels are left for the chest, "
            f"and it needs {MIN_LEVELS}. Export it again with its window applied, or add another film.",
        )
    return None


def _shape(film: Film) -> Refusal | None:
    height, width = film.pixels.shape
    if max(height, width) <= MAX_ASPECT * min(height, width):
        return None
    return Refusal(
        RefusalCode.CROPPED,
        f"The film is {width} x {height} pixels: no whole chest is so narrow. Export the whole film again.",
    )


def _population(population: Population, trained_on: Collection[Population]) -> Refusal | None:
    if population is Population.UNKNOWN or population in trained_on:
        return None
    known = " and ".join(sorted(trained_on))
    return Refusal(
        RefusalCode.UNSUPPORTED_POPULATION,
        f"The model was trained on {known} films only and has no operating points for {population} films. "
        "Read this film without it.",
    )


def _age(film: Film) -> Refusal | None:
    if film.age_years is None or film.age_years >= MIN_AGE_YEARS:
        return None
    return Refusal(
        RefusalCode.UNSUPPORTED_AGE,
        "The patient is under 1 year old, younger than anyone the model was trained on. "
        "Read this film without it.",
    )
