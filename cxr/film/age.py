"""The patient's age when the film was taken: from the DICOM header, or unknown; never guessed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cxr.film.film import Population

ADULT_FROM_YEARS = 18
OLDEST_YEARS = 120
"""An age or birth date beyond this is a placeholder (`999Y`, `19000101`)."""
UNREADABLE = "999Y"
"""Patient's Age of a de-identified film whose age could not be read."""

_MONTHS = 12
_UNITS_PER_YEAR = {"D": 365.0, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
# The standard's form is three digits and a letter (PS3.5 6.2, value representation AS).
_AGE = re.compile(r"(\d{1,3})\s*(?:([DWMY])|DAYS?|WEEKS?|WKS?|MONTHS?|MOS?|YEARS?|YRS?)?\.?")
_DATE = re.compile(r"(\d{4})([.\-/]?)(\d{2})\2(\d{2})")
_NOT_STATED = frozenset(
    {"", "0", "00", "000", "0Y", "00Y", "000Y", "UNKNOWN", "UNK", "U", "N/A", "NA", "NONE"}
)


@dataclass(frozen=True, slots=True)
class PatientAge:
    """An age at the precision that Patient's Age can hold, so that storing it changes nothing.

    Attributes
    ----------
    years
        Whole months / 12; below one month whole days / 365, and above 83 years whole years. `None` where the
        header states no age, or none that can be read.
    unreadable
        Whether the header states an age or a birth date from which no age follows.
    """

    years: float | None = None
    unreadable: bool = False

    @property
    def population(self) -> Population:
        """A child up to the day before the 18th birthday."""
        return population_at(self.years)

    @property
    def text(self) -> str:
        """Patient's Age (0010,1010) that is read back as this age; empty where there is none."""
        if self.years is None:
            return UNREADABLE if self.unreadable else ""
        months = round(self.years * _MONTHS)
        if self.years * _MONTHS < 1:
            return f"{round(self.years * _UNITS_PER_YEAR['D']):03}D"
        return f"{months:03}M" if months < 1000 else f"{int(self.years):03}Y"


def patient_age(stated: str, birth_date: str, dates: Iterable[str]) -> PatientAge:
    """Take the age from Patient's Age, else from the birth date and a date of the film.

    Parameters
    ----------
    stated
        Patient's Age (0010,1010): a number of days, weeks, months or years; without a unit, years. `000Y`
        counts as not stated: anonymisers write it, and an infant's age is given in a smaller unit.
    birth_date
        (0010,0030) as YYYYMMDD, or in the older form YYYY.MM.DD.
    dates
        Study Date and, for where it is missing or invalid, other dates of the film, best first.
    """
    stated, birth_date = _normalised(stated), _normalised(birth_date)
    years = _years_stated(stated)
    if years is None and (born := _date(birth_date)):
        taken = (_date(_normalised(text)) for text in dates)
        years = next((_years_between(born, day) for day in taken if day and born <= day), None)
    if years is not None and years <= OLDEST_YEARS:
        return PatientAge(_storable(years))
    return PatientAge(unreadable=stated not in _NOT_STATED or bool(birth_date))


def population_at(age_years: float | None) -> Population:
    """Give the population at this age: a child up to the day before the 18th birthday."""
    if age_years is None:
        return Population.UNKNOWN
    return Population.CHILD if age_years < ADULT_FROM_YEARS else Population.ADULT


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \0").upper()


def _years_stated(text: str) -> float | None:
    match = _AGE.fullmatch(text)
    if not match or text in _NOT_STATED:
        return None
    unit = match[2] or text[match.end(1) :].strip()[:1] or "Y"
    years = int(match[1]) / _UNITS_PER_YEAR[unit]
    return years if years <= OLDEST_YEARS else None


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None


def _years_between(born: date, taken: date) -> float:
    """Count whole months; a birthday of 29 February falls on 1 March in other years."""
    months = _MONTHS * (taken.year - born.year) + taken.month - born.month - (taken.day < born.day)
    return months / _MONTHS if months else (taken - born).days / _UNITS_PER_YEAR["D"]


def _storable(years: float) -> float:
    """Round an age down to the precision of Patient's Age, which has three digits."""
    # A stated age in weeks that lies within rounding of a whole month is that month.
    months = int(years * _MONTHS + 1e-9)
    if months >= 1000:
        return float(int(years))
    return months / _MONTHS if months else round(years * _UNITS_PER_YEAR["D"]) / _UNITS_PER_YEAR["D"]
