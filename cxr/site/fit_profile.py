"""Fitting a site profile on labelled films of one hospital."""

import datetime
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.groups import scored_films
from cxr.measure.metrics import Scored, bootstrap, classification, with_width
from cxr.measure.operating_points import (
    SENSITIVITY,
    NotSeparableError,
    fit_calibration,
    fit_operating_points,
)
from cxr.measure.screened import ScreenedFilm
from cxr.model.card import Card, PopulationCard
from cxr.model.released import network_of
from cxr.model.site_profile import ProfileError, SitePoints, SiteProfile

NO_FILM = "No film of this age group was scored."
NO_AGE_GROUP = (
    "Films without an age group were scored: state it in the column population of the list, or when films "
    "are added."
)


class Model(Protocol):
    """What scored the films: a bundle, or a screener of one."""

    @property
    def card(self) -> Card:
        """Its card, which names the populations."""

    @property
    def version(self) -> str:
        """Its version, site profile included."""


def fit_profile(
    films: Sequence[ScreenedFilm], bundle: Model, made_by: str, sensitivity: float = SENSITIVITY
) -> SiteProfile:
    """Fit calibration and operating points for each population that has enough films of both labels.

    The rules are those by which the bundle's own points were fitted (see `fit_operating_points`), so that its
    promise of sensitivity stays.

    Parameters
    ----------
    films
        Scored by the bundle, with its own points or with those of an earlier profile.
    made_by
        Who answers for the profile.
    sensitivity
        Share of the patients with pneumonia that is not to be routine; the bundle promises 0.95.

    Raises
    ------
    ProfileError
        Where no population has enough films, or scores do not rise with the labels.
    """
    populations: dict[Population, SitePoints] = {}
    why: list[str] = []
    for population in bundle.card.populations:
        # A film of unknown population is scored as the one in which it is more suspicious: not chosen here.
        some = [film for film in films if film.score and film.population is population]
        if not some:
            why.append(f"{population}: {NO_FILM}")
            continue
        try:
            populations[population] = fit_points(some, sensitivity)
        except NotSeparableError as error:
            why.append(f"{population}: {error}")
    if not populations:
        if any(film.score and film.population is Population.UNKNOWN for film in films):
            why.append(NO_AGE_GROUP)
        raise ProfileError(f"No site profile can be fitted. {' '.join(why)}")
    return SiteProfile(
        bundle=network_of(bundle.version),
        made_by=made_by,
        made_at=datetime.datetime.now(datetime.UTC),
        populations=populations,
    )


def fit_points(films: Sequence[ScreenedFilm], sensitivity: float = SENSITIVITY) -> SitePoints:
    """Fit calibration and operating points on films of one population.

    Raises
    ------
    NotSeparableError
        Where there are too few patients of a label, or scores do not rise with the labels.
    """
    before, reached_before = scored_films(films)
    logits = np.array(
        [film.score.logit for film in films if film.score and film.labelled.label is not Label.OTHER],
        dtype=np.float64,
    )
    calibration = fit_calibration(logits, before.positive)
    probability = np.array([calibration.probability(logit) for logit in logits], dtype=np.float64)
    scored = Scored(probability, before.positive, before.patient)
    points = fit_operating_points(scored, sensitivity)
    reached = np.array([points.reached(value) for value in probability], dtype=np.int_)
    after = bootstrap(scored.patient, classification(scored, reached))
    earlier = bootstrap(before.patient, classification(before, reached_before))
    ill = {patient for patient, positive in zip(scored.patient, scored.positive, strict=True) if positive}
    healthy = set(scored.patient) - ill
    return SitePoints(
        fitted=PopulationCard(calibration=calibration, operating_points=points),
        patients_with_pneumonia=len(ill),
        patients_without=len(healthy),
        sensitivity=with_width(after["sensitivity_low"], len(ill)),
        specificity=with_width(after["specificity_low"], len(healthy)),
        specificity_before=with_width(earlier["specificity_low"], len(healthy)),
    )
