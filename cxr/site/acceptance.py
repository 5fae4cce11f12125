"""The acceptance test of one hospital: what the program's results are worth on its own films."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cxr.evidence.as_json import AsJson
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.predictive import share_with_pneumonia
from cxr.film import Population
from cxr.measure.groups import measure_group
from cxr.measure.screened import ScreenedFilm
from cxr.site.limits import Finding, Limits, judge
from cxr.triage.flag import Flag
from cxr.triage.words import SEX_WORDS

WORST = 20
"""Errors that are listed for a person to look at."""
FEWEST_IN_PART = 20
"""A part of fewer films is not measured by itself."""
AGES = (
    (0, "under 1 year"),
    (1, "1 to 4 years"),
    (5, "5 to 17 years"),
    (18, "18 to 64 years"),
    (65, "65 years and older"),
)

Part = Callable[[ScreenedFilm], str | None]


@dataclass(frozen=True, slots=True)
class Error:
    """A film on which flag and label disagree.

    Attributes
    ----------
    place
        Line of the labels file, or number of the case: never a file's name, which may name a patient.
    """

    place: int
    label: Label
    flag: Flag
    probability: float


@dataclass(frozen=True, slots=True)
class Day:
    """What a day brings: films of each flag, and the share of those that show pneumonia, 0 to 1."""

    films: dict[Flag, float]
    with_pneumonia: dict[Flag, float | None]


@dataclass(frozen=True, slots=True)
class Acceptance(AsJson):
    """The result of an acceptance test.

    Attributes
    ----------
    bundle
        Version of the bundle, and of the site profile where there is one.
    whole
        All films of each population.
    parts
        The same measures by age, sex and view, of parts with enough films.
    days
        By population; expected at the site's own prevalence and number of films.
    errors
        The worst: missed pneumonia first, then healthy films by their probability.
    verdicts
        The site's limits, held against what was measured.
    tested_at
        When it was measured.
    """

    bundle: str
    prevalence: float
    films_a_day: float
    whole: dict[Population, Group]
    parts: dict[str, dict[str, Group]]
    days: dict[Population, Day]
    errors: tuple[Error, ...]
    verdicts: dict[Population, tuple[Finding, ...]]
    tested_at: datetime.datetime

    @property
    def accepted(self) -> bool:
        """Whether every limit is met in every population."""
        return all(finding.met for findings in self.verdicts.values() for finding in findings)

    @property
    def certain(self) -> bool:
        """Whether no interval includes its limit, so that more films would not change the verdict."""
        return all(finding.certain for findings in self.verdicts.values() for finding in findings)


def accept(
    films: Mapping[int, ScreenedFilm], bundle: str, limits: Limits, prevalence: float, films_a_day: float
) -> Acceptance:
    """Measure a site's labelled films and hold them against its limits.

    Parameters
    ----------
    films
        By their place, which errors are named by.
    bundle
        Version of what scored them.
    prevalence, films_a_day
        Of the site.
    """
    by_population = {
        population: [film for film in films.values() if film.population is population]
        for population in Population
    }
    whole = {population: measure_group(some) for population, some in by_population.items() if some}
    return Acceptance(
        bundle=bundle,
        prevalence=prevalence,
        films_a_day=films_a_day,
        whole=whole,
        parts={name: _parts(films.values(), part) for name, part in PARTS.items()},
        days={
            population: _day(group, prevalence, films_a_day)
            for population, group in whole.items()
            if group.labels[Label.PNEUMONIA] and group.labels[Label.NORMAL]
        },
        errors=_errors(films),
        verdicts={population: judge(group, limits) for population, group in whole.items()},
        tested_at=datetime.datetime.now(datetime.UTC),
    )


def age_group(years: float | None) -> str | None:
    """Name the age group of an age; None where it is not known."""
    if years is None:
        return None
    return next(name for least, name in reversed(AGES) if years >= least)


PARTS: dict[str, Part] = {
    "age": lambda film: age_group(film.age_years),
    "sex": lambda film: SEX_WORDS[film.sex] if film.sex else None,
    "view": lambda film: film.view.value if film.view else None,
}


def _parts(films: Iterable[ScreenedFilm], part: Part) -> dict[str, Group]:
    named: dict[str, list[ScreenedFilm]] = {}
    for film in films:
        named.setdefault(part(film) or "not stated", []).append(film)
    if len(named) < 2:
        return {}
    return {name: measure_group(some) for name, some in sorted(named.items()) if len(some) >= FEWEST_IN_PART}


def _day(group: Group, prevalence: float, films_a_day: float) -> Day:
    def share(label: Label, flag: Flag) -> float:
        estimate = group.flags.get(label, {}).get(flag)
        return estimate.value if estimate else 0.0

    expected = {
        flag: films_a_day
        * (prevalence * share(Label.PNEUMONIA, flag) + (1 - prevalence) * share(Label.NORMAL, flag))
        for flag in Flag
    }
    return Day(expected, {flag: share_with_pneumonia(group, flag, prevalence) for flag in Flag})


def _errors(films: Mapping[int, ScreenedFilm]) -> tuple[Error, ...]:
    wrong = [
        Error(place, film.labelled.label, film.flag, film.score.probability)
        for place, film in films.items()
        if film.score
        and (film.labelled.label, film.flag)
        in ((Label.PNEUMONIA, Flag.ROUTINE), (Label.NORMAL, Flag.REVIEW), (Label.NORMAL, Flag.URGENT))
    ]
    missed = sorted((e for e in wrong if e.label is Label.PNEUMONIA), key=lambda e: e.probability)
    alarms = sorted((e for e in wrong if e.label is Label.NORMAL), key=lambda e: -e.probability)
    half = WORST // 2
    taken = missed[: max(half, WORST - len(alarms))]
    return (*taken, *alarms[: WORST - len(taken)])
