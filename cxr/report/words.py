"""What every report says in the same words, on a screen, on paper and in DICOM."""

from cxr.triage.flag import Flag


def flag_word(flag: Flag | None) -> str:
    """A flag for people: 'Urgent', 'Not scored'."""
    if flag is None:
        return "To be scored"
    return "Not scored" if flag is Flag.REFUSED else flag.capitalize()


def percent(probability: float) -> str:
    """A probability in per cent with one decimal."""
    return f"{100 * probability:.1f} %"


def likelihood(probability: float) -> str:
    """A probability for people: never 0 % or 100 %, which no model can promise."""
    if probability < 0.01:
        return "under 1 %"
    return "over 99 %" if probability > 0.99 else percent(probability)


def where(prevalence: float) -> str:
    """For which site a probability holds."""
    return f"where {100 * prevalence:.3g} % of films show pneumonia"
