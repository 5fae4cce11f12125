"""How old the patient was when the film was taken: from the header or unknown, never guessed."""

import re
from datetime import date

from cxr.film.film import Population

ADULT_FROM_YEARS = 18
OLDEST_YEARS = 120
"""Above it, an age or birth date is a filler (`999Y`, `19000101`)."""

_UNITS_A_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}


def age_in_years(patient_age: str, birth_date: str, study_date: str) -> float | None:
    """Take the age from Patient's Age, or else from the birth date on the day of the study.

    Parameters
    ----------
    patient_age
        Patient's Age (0010,1010): three digits and one of D, W, M, Y (PS3.5 6.2, value representation AS).
    birth_date, study_date
        (0010,0030) and (0008,0020) as YYYYMMDD.

    Returns
    -------
    float | None
        `None` where neither is there in the standard's form, and plausible. `000Y` counts as absent: it is
        what an anonymiser writes, and an infant's age is given in days, weeks or months.
    """
    match = re.fullmatch("([0-9]{3})([DWMY])", patient_age.strip())
    if match and match.group() != "000Y":
        years = int(match[1]) / _UNITS_A_YEAR[match[2]]
        if years <= OLDEST_YEARS:
            return years
    born, taken = _date(birth_date), _date(study_date)
    if born is None or taken is None or born > taken:
        return None
    years = _years_between(born, taken)
    return years if years <= OLDEST_YEARS else None


def population_at(age_years: float | None) -> Population:
    """Say whom a film of this age shows: a child up to the day before the 18th birthday."""
    if age_years is None:
        return Population.UNKNOWN
    return Population.CHILD if age_years < ADULT_FROM_YEARS else Population.ADULT


def _date(text: str) -> date | None:
    match = re.fullmatch("([0-9]{4})([0-9]{2})([0-9]{2})", text.strip())
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _years_between(born: date, taken: date) -> float:
    birthdays = taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    try:
        last_birthday = born.replace(year=born.year + birthdays)
    except ValueError:  # born on 29 February
        last_birthday = date(born.year + birthdays, 3, 1)
    return birthdays + (taken - last_birthday).days / 366
