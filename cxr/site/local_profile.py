"""A new site profile before it is kept: what it changes, and whether it is below the promise of the model."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cxr.film import Population
from cxr.measure.groups import measure_group
from cxr.measure.operating_points import SENSITIVITY
from cxr.measure.screened import ScreenedFilm
from cxr.model.estimate import Estimate
from cxr.model.site_profile import ProfileError, SiteProfile
from cxr.site.limits import shares_of
from cxr.triage.flag import FLAG_OF_POINTS
from cxr.triage.words import POPULATION_WORDS
from cxr.worklist.site.profiles import KeptProfile
from cxr.worklist.worklist import Worklist


@dataclass(frozen=True, slots=True)
class Change:
    """A measure of one population on the films that a profile was fitted on, before it and with it."""

    population: Population
    measure: str
    before: Estimate | None
    after: Estimate | None


def changes(films: Iterable[ScreenedFilm], profile: SiteProfile) -> tuple[Change, ...]:
    """Measure both operating points on the same films, as they were scored and with a profile."""
    all_films = list(films)
    found: list[Change] = []
    for population in profile.populations:
        some = [film for film in all_films if film.population is population]
        with_it = [_with(film, profile) for film in some]
        before, after = (shares_of(measure_group(films)) for films in (some, with_it))
        found += [
            Change(population, "sensitivity (not routine)", before.sensitivity, after.sensitivity),
            Change(population, "specificity (routine)", before.specificity, after.specificity),
            Change(population, "sensitivity (urgent)", before.urgent_sensitivity, after.urgent_sensitivity),
            Change(
                population,
                "specificity (not urgent)",
                before.urgent_specificity,
                after.urgent_specificity,
            ),
        ]
    return tuple(found)


def below_promise(profile: SiteProfile) -> tuple[Population, ...]:
    """Name the populations in which a profile finds less on its own films than the model promises."""
    return tuple(
        population
        for population, points in profile.populations.items()
        if points.sensitivity is None or points.sensitivity.value < SENSITIVITY
    )


def keep_profile(worklist: Worklist, profile: SiteProfile, who: str, reason: str = "") -> KeptProfile:
    """Keep a profile in the worklist's database.

    Raises
    ------
    ProfileError
        Where it is below the promise of the model and no reason is given.
    """
    if (below := below_promise(profile)) and not reason.strip():
        named = " and ".join(POPULATION_WORDS[population] for population in below)
        raise ProfileError(
            f"With this profile fewer than {100 * SENSITIVITY:.0f} in 100 films with pneumonia are found "
            f"(age group: {named}), which is less than the model promises. Enter a reason: it is kept with "
            "the "
            "profile."
        )
    return worklist.profiles.keep(profile, who, reason)


def _with(film: ScreenedFilm, profile: SiteProfile) -> ScreenedFilm:
    if film.score is None:
        return film
    fitted = profile.populations[film.population].fitted
    probability = fitted.calibration.probability(film.score.logit)
    points = fitted.operating_points
    score = replace(
        film.score,
        probability=probability,
        operating_points=points,
        points_reached=points.reached(probability),
        prevalence=fitted.calibration.fitted_prevalence,
    )
    return replace(film, score=score, flag=FLAG_OF_POINTS[score.points_reached])
