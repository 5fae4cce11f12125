"""The patient's age when the film was taken: from the DICOM header, or unknown; never guessed."""

import re
from datetime import date

from cxr.film.film import Population

ADULT_FROM_YEARS = 18
OLDEST_YEARS = 120
"""An age or birth date beyond this is a placeholder (`999Y`, `19000101`)."""

_UNITS_A_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}


def age_in_years(patient_age: str, birth_date: str, study_date: str) -> float | None:
    """Take the age from Patient's Age, else from the birth date and the study date.

    Parameters
    ----------
    patient_age
        Patient's Age (0010,1010): three digits and one of D, W, M, Y (PS3.5 6.2, value representation AS).
    birth_date, study_date
        (0010,0030) and (0008,0020) as YYYYMMDD.

    Returns
    -------
    float | None
        `None` where neither is present, well-formed and plausible. `000Y` counts as absent: anonymisers
        write it, and an infant's age is given in days, weeks or months.
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
    """Give the population at this age: a child up to the day before the 18th birthday."""
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
