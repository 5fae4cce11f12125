"""The words and the percentages that screens, reports and the command line share."""

from cxr.film import Population, Sex
from cxr.film.counted import counted
from cxr.triage.flag import Flag

FLAG_WORDS = {
    Flag.URGENT: "Urgent",
    Flag.REVIEW: "Review",
    Flag.ROUTINE: "Routine",
    Flag.REFUSED: "Not scored",
    None: "To be scored",
}
"""Each flag for people, and the word for a film that has none yet."""

LIKELIHOOD = {
    Flag.URGENT: "Pneumonia likely",
    Flag.REVIEW: "Pneumonia possible",
    Flag.ROUTINE: "Pneumonia unlikely",
}
"""What the operating points make of a probability, in words."""

POPULATION_WORDS = {
    Population.CHILD: "child",
    Population.ADULT: "adult",
    Population.UNKNOWN: "not stated",
}
"""What is known of a patient's age, for people."""
SEX_WORDS = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.OTHER: "other"}

FLAG_COLOURS = {
    Flag.URGENT: "#cf4545",
    Flag.REVIEW: "#d98e1f",
    Flag.ROUTINE: "#3f9d6b",
    Flag.REFUSED: "#8566b8",
}
"""Mid-tones, which stand out on a light page and on a dark one."""

AGE_IN_YEARS_FROM = 2
"""Younger children's ages are given in months."""

LEAST_PERCENT = 0.1
"""No model can promise 0 or 100 %: nothing is written below this value, or as close to 100."""


def in_percent(share: float) -> float:
    """Convert a share to a percentage with one decimal, from 0.1 to 99.9: for tables and bars."""
    return round(min(max(100 * share, LEAST_PERCENT), 100 - LEAST_PERCENT), 1)


def percent(share: float) -> str:
    """Write a probability or a threshold for people: '42.0 %', 'under 0.1 %', 'over 99.9 %'."""
    shown = f"{in_percent(share):.1f} %"
    if 100 * share < LEAST_PERCENT:
        return f"under {shown}"
    return f"over {shown}" if 100 * share > 100 - LEAST_PERCENT else shown


def at_prevalence(prevalence: float) -> str:
    """State the share of films with pneumonia that a probability assumes."""
    return f"where {100 * prevalence:.3g} % of films show pneumonia"


def of_a_hundred_films(probability: float, prevalence: float) -> str:
    """Write a probability as a count of films, with the prevalence that it assumes."""
    count = 100 * probability
    about = "about 1 shows" if round(count) == 1 else f"about {count:.0f} show"
    shown = "fewer than 1 shows" if count < 1 else "more than 99 show" if count > 99 else about
    return f"Of 100 such films in a clinic where {100 * prevalence:.3g} in 100 show pneumonia, {shown} it."


def age_words(years: float | None) -> str:
    """Write an age: '4 years', '18 months'; empty if it is not known."""
    if years is None:
        return ""
    return f"{int(years)} years" if years >= AGE_IN_YEARS_FROM else counted(int(12 * years), "month")
