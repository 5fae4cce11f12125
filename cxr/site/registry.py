"""Films of a period as registries of imaging AI take them: a line each, without patient identifiers."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence

from cxr import RESEARCH_USE
from cxr.film.examination import Examination
from cxr.site.acceptance import age_group
from cxr.triage.words import POPULATION_WORDS, SEX_WORDS
from cxr.worklist.reading.export import harmless
from cxr.worklist.reading.monitored import MonitoredFilm

COLUMNS = (
    *("case", "film", "year", "modality", "view", "manufacturer", "model_name"),
    *("ai_model", "ai_score", "ai_prevalence", "ai_flag", "ai_reasons"),
    *("age_group", "sex", "finding", "reader_agrees", "use"),
)
FEWEST_OF_MACHINE = 5
"""Cases that must name a machine: a rarer value may be a patient's name in the wrong field."""


def as_registry(films: Sequence[MonitoredFilm], examinations: Mapping[int, Examination]) -> str:
    """Write a header and one line for each film.

    A film is named by the numbers of its case and its own, which mean nothing outside this worklist; of its
    date only the year is given.

    Parameters
    ----------
    examinations
        By number of the film.
    """
    common = _common(films, examinations)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for film in films:
        taken = examinations.get(film.number, Examination())
        known = (taken.manufacturer, taken.model_name) in common
        lines.writerow(
            harmless(cell)
            for cell in (
                *(film.case, film.number, film.arrived_at.year, taken.modality, taken.view),
                *((taken.manufacturer, taken.model_name) if known else ("", "")),
                film.bundle_version,
                None if film.probability is None else f"{film.probability:.4f}",
                None if film.prevalence is None else f"{film.prevalence:g}",
                *(film.flag, " ".join(film.reasons)),
                age_group(film.age_years) or POPULATION_WORDS[film.population],
                SEX_WORDS[taken.sex] if taken.sex else "",
                *(film.finding, film.agrees, RESEARCH_USE),
            )
        )
    return text.getvalue()


def _common(films: Sequence[MonitoredFilm], examinations: Mapping[int, Examination]) -> set[tuple[str, str]]:
    """Find the machines that enough cases name."""
    cases: dict[tuple[str, str], set[int]] = defaultdict(set)
    for film in films:
        if taken := examinations.get(film.number):
            cases[taken.manufacturer, taken.model_name].add(film.case)
    return {machine for machine, some in cases.items() if len(some) >= FEWEST_OF_MACHINE}
