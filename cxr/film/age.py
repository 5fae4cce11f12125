"""The patient's age when the film was taken: from the DICOM header, or unknown; never guessed."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from cxr.film.age_words import UNITS, plain
from cxr.film.film import Population

ADULT_FROM_YEARS = 18
INFANT_UNDER_YEARS = 1
MOST_APART_YEARS = 2
"""Patient's Age and the birth date may differ by rounding and by a late entry; beyond this one is wrong."""
MOST_APART_YEARS_OF_DATES = 1
"""The dates of one film may differ by days or months; beyond this one comes from a clock that was wrong."""
OLDEST_YEARS = 120
"""An age or birth date beyond this is a placeholder (`999Y`, `19000101`)."""
UNREADABLE = "999Y"
"""Patient's Age of a de-identified film whose age could not be read."""

_MONTHS = 12
_UNITS_PER_YEAR = {"H": 8760.0, "D": 365.0, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
# The standard's form is three digits and a letter (PS3.5 6.2, value representation AS).
# Fractions, and `<1Y` for an infant, are written by hand.
_AGE = re.compile(r"(<?)\s*(\d{1,3}(?:[.,]\d{1,3})?)(?:[\s\-_.]*([^\W\d_]+)(?:\(S\))?)?\s*\.?(?:[ \-]?OLD)?")
_UNIT_FIRST = re.compile(r"([DWMY])(\d{3})")
# In British notes, 6/12 is six months, 3/52 three weeks and 5/7 five days.
_FRACTION = re.compile(r"(\d{1,3}) ?/ ?(7|52|12)")
_FRACTIONS = {"7": "D", "52": "W", "12": "M"}
# ISO 8601, and words before an age.
_BEFORE = re.compile(r"P(?=\d)|AGED?\b\W*|만 ?|満 ?|생후 ?|生後|出生")
_PARTS = re.compile(r"(\d{1,3})\s*([^\W\d_]+)\.?\s*(?:,|&|AND)?\s*")
_YEAR_FIRST = re.compile(r"(\d{4})(?:([.\-/: ])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))")
_YEAR_LAST = re.compile(r"(\d{1,2})([.\-/])(\d{1,2})\2(\d{4})")
_NAMED_MONTH = re.compile(r"(\d{1,2})([.\-/ ]?)([A-Z]{3,9})\2(\d{4})")
_YEAR_MONTH_DAY = re.compile(r"(\d{4}) ?[年년.] ?(\d{1,2}) ?[月월.] ?(\d{1,2}) ?[日일.]")
_TIME_OF_DAY = re.compile(r"[T ]*\d{2}:?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?\s*(?:Z|[+\-]\d{2}:?\d{2})?")
_ENGLISH_MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER"),
    *("OCTOBER", "NOVEMBER", "DECEMBER"),
)
_MONTHS_BY_NAME = {name[:length]: month for month, name in enumerate(_ENGLISH_MONTHS, 1) for length in (3, 9)}
_DAYS_FIRST = "."
"""Between day and month; with another separator, either may come first."""


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
    contradictory
        Whether Patient's Age, the birth date and the dates of the film contradict each other.
    """

    years: float | None = None
    unreadable: bool = False
    contradictory: bool = False

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

    Where the two contradict each other and one is that of a child, the younger is taken, the more cautious.
    Without Patient's Age, dates of the film that lie more than `MOST_APART_YEARS_OF_DATES` apart contradict
    each other, and the youngest age is taken if it is a child's. With it, they only do where one makes an
    adult a child.

    Parameters
    ----------
    stated
        Patient's Age (0010,1010): a number of hours to years; without a unit, years. Zero years
        cannot be read: anonymisers write them, and an infant's age is given in a smaller unit. A date in its
        place is the birth date.
    birth_date
        (0010,0030), in any form of `date_of`.
    dates
        Study Date and other dates of the film, best first.
    """
    stated, birth_date = plain(stated), plain(birth_date)
    if date_of(stated) and not date_of(birth_date):
        stated, birth_date = "", stated
    born, taken = date_of(birth_date), [day for day in map(date_of, dates) if day]
    years, since_birth = _years_stated(stated), _years_since_birth(born, taken)
    if not since_birth:
        if years is None:
            return PatientAge(unreadable=bool(stated or birth_date))
        # A birth date after the film: one of the two is of somebody else, or wrong.
        return PatientAge(_storable(years), contradictory=bool(born and taken and born > max(taken)))
    by_birth, youngest = since_birth[0], min(since_birth)
    apart = max(since_birth) - youngest > MOST_APART_YEARS_OF_DATES
    if years is None:
        is_child = apart and youngest < ADULT_FROM_YEARS
        return PatientAge(_storable(youngest if is_child else by_birth), contradictory=apart)
    younger = min(years, by_birth)
    contradictory = abs(years - by_birth) > MOST_APART_YEARS or younger < INFANT_UNDER_YEARS <= years
    contradictory |= apart and youngest < ADULT_FROM_YEARS <= years
    straddles = younger < ADULT_FROM_YEARS <= max(years, by_birth)
    takes_younger = straddles or (contradictory and younger < ADULT_FROM_YEARS)
    return PatientAge(_storable(younger if takes_younger else years), contradictory=contradictory)


def population_at(age_years: float | None) -> Population:
    """Give the population at this age: a child up to the day before the 18th birthday."""
    if age_years is None:
        return Population.UNKNOWN
    return Population.CHILD if age_years < ADULT_FROM_YEARS else Population.ADULT


def ages_contradict(ages: Collection[float]) -> bool:
    """Whether the ages of films of one study cannot all be one patient's, or are treated differently."""
    if not ages:
        return False
    youngest, oldest = min(ages), max(ages)
    straddles = any(youngest < age <= oldest for age in (INFANT_UNDER_YEARS, ADULT_FROM_YEARS))
    return straddles or oldest - youngest > MOST_APART_YEARS_OF_DATES


def _years_stated(text: str) -> float | None:
    if before := _BEFORE.match(text):
        text = text[before.end() :]
    if fraction := _FRACTION.fullmatch(text):
        text = fraction[1] + _FRACTIONS[fraction[2]]
    if swapped := _UNIT_FIRST.fullmatch(text):
        text = swapped[2] + swapped[1]
    match = _AGE.fullmatch(re.sub(r"Y(?:\.O\.|/O\b)", "YO", text))
    if not match:
        return _years_of_parts(text)
    unit = UNITS.get(match[3]) if match[3] else "Y"
    if unit is None:
        return None
    years = float(match[2].replace(",", ".")) / _UNITS_PER_YEAR[unit]
    if match[1]:  # somewhere below: of an infant, half is as good as any
        return years / 2 if 0 < years <= INFANT_UNDER_YEARS else None
    return None if years > OLDEST_YEARS or (years == 0 and unit == "Y") else years


def _years_of_parts(text: str) -> float | None:
    """Read an age in several units, the largest first, such as `1Y6M`."""
    parts = [(int(part[1]), UNITS.get(part[2], "")) for part in _PARTS.finditer(text)]
    units = "".join(unit for _, unit in parts)
    if _PARTS.sub("", text) or not re.fullmatch("Y?M?W?D?H?", units) or len(units) < max(2, len(parts)):
        return None
    years = sum(number / _UNITS_PER_YEAR[unit] for number, unit in parts)
    return years if 0 < years <= OLDEST_YEARS else None


def _years_since_birth(born: date | None, taken: Iterable[date]) -> list[float]:
    """Give the age at each date on which there can have been one."""
    years = [_years_between(born, day) for day in taken if born and born <= day]
    return [age for age in years if age <= OLDEST_YEARS]


def date_of(text: str) -> date | None:
    """Read a date; `None` for anything that is none, or that may be one of two.

    Eight digits, also with separators and with a time of day behind them; with the year last where it is
    certain which number is the day.
    """
    text = _in_digits(plain(text))
    if match := _YEAR_FIRST.match(text):
        rest = text[match.end() :]
        if rest and not _TIME_OF_DAY.fullmatch(rest):
            return None
        return _date(match[1], match[3] or match[5], match[4] or match[6])
    if not (match := _YEAR_LAST.fullmatch(text)):
        return None
    first, second, year = match[1], match[3], match[4]
    day_first = _date(year, second, first)
    if match[2] == _DAYS_FIRST:
        return day_first
    month_first = _date(year, first, second)
    return (day_first or month_first) if None in (day_first, month_first) or first == second else None


def _in_digits(text: str) -> str:
    """Rewrite a date with the name of a month, or with characters behind year, month and day."""
    if match := _YEAR_MONTH_DAY.fullmatch(text):
        return "-".join(match.groups())
    if match := _NAMED_MONTH.fullmatch(text):
        return f"{match[4]}-{_MONTHS_BY_NAME.get(match[3], 0)}-{match[1]}"
    return text


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
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
