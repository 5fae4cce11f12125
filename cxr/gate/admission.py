"""May this film be scored? What the pixels and the header say before the network runs."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cxr.film import Film, Population

# A film of which 98 % lies within this share of the grey scale shows nothing.
BLANK_RANGE = 0.05
MIN_AGE_YEARS = 1.0


class RefusalCode(StrEnum):
    """Why a film is not scored; stable, for other programs."""

    BLANK = "blank"
    UNSUPPORTED_POPULATION = "unsupported_population"
    UNSUPPORTED_AGE = "unsupported_age"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason not to score a film, and what a person can do about it."""

    code: RefusalCode
    sentence: str


@dataclass(frozen=True, slots=True)
class Admission:
    """The gate's answer: a film is admitted where nothing speaks against it."""

    refusals: tuple[Refusal, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether the film may be scored."""
        return not self.refusals


def check(film: Film, population: Population, trained_on: Collection[Population]) -> Admission:
    """Ask whether a film may be scored, by its pixels and header.

    Parameters
    ----------
    population
        Whom the film shows, from the header or as stated.
    trained_on
        Populations for which the model has operating points.
    """
    refusals = [_blank(film), _population(population, trained_on), _age(film)]
    return Admission(tuple(refusal for refusal in refusals if refusal))


def _blank(film: Film) -> Refusal | None:
    # Every eighth pixel of every eighth row tells a blank film from one that shows something.
    darkest, brightest = np.percentile(film.pixels[::8, ::8], [1, 99]) / film.white
    if brightest - darkest >= BLANK_RANGE:
        return None
    return Refusal(
        RefusalCode.BLANK,
        f"The film is blank: its grey levels span {brightest - darkest:.0%} of the scale, and a film needs "
        f"{BLANK_RANGE:.0%}. Export it again with its window applied, or repeat the exposure.",
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
