"""What a score means for the order of reading."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.film import Film, Population
from cxr.model.score import Score
from cxr.quality.check import QualityCheck


class Flag(StrEnum):
    """How soon a film wants to be read."""

    URGENT = "urgent"
    REVIEW = "review"
    ROUTINE = "routine"
    REFUSED = "refused"


FLAG_OF_POINTS = (Flag.ROUTINE, Flag.REVIEW, Flag.URGENT)
"""Flag by the number of operating points that a probability reaches."""

ADVICE = {
    Flag.URGENT: "Read this film next: the network sees signs of pneumonia.",
    Flag.REVIEW: "Read this film before the routine ones: the network is not sure.",
    Flag.ROUTINE: "Read this film in the usual order: its probability is low, which does not rule "
    "pneumonia out.",
    Flag.REFUSED: "Read this film soon and without the network: it was not scored.",
}
"""What to do next, in one sentence a flag."""

TRAINED_CHILD_UNDER_YEARS = 6
"""The children in training were one to five years old."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that a reader must know about a decision: a stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A film's flag and what led to it."""

    flag: Flag
    reasons: tuple[Reason, ...] = ()


def decide(
    quality_check: QualityCheck, score: Score | None, film: Film, stated: Population, read_as: Population
) -> Decision:
    """Flag a film.

    Parameters
    ----------
    score
        Nothing where the film was not admitted.
    stated
        Population as the user stated it.
    read_as
        Population of the film as known: from the header, else as stated.
    """
    reasons = [Reason(refusal.code, refusal.sentence) for refusal in quality_check.refusals]
    if film.inverted_by_reader:
        reasons.append(Reason("turned_round", "The film came inverted: a person had it turned round."))
    if film.burned_in:
        reasons.append(
            Reason(
                "burnt_in_text",
                "The film's header says that text is burnt into the picture: it may name the patient. Look "
                "before you show or send the picture to anyone.",
            )
        )
    if Population.UNKNOWN not in (stated, read_as) and stated is not read_as:
        reasons.append(
            Reason(
                "population_differs",
                f"Stated as {stated}, but the film's header says {read_as}: read as {read_as}.",
            )
        )
    if score is None or not quality_check.accepted:
        return Decision(Flag.REFUSED, tuple(reasons))
    if read_as is Population.UNKNOWN:
        reasons.append(
            Reason(
                "population_unknown",
                f"Age not stated: held to the points for {score.population} films, the most cautious.",
            )
        )
    if read_as is Population.CHILD and (film.age_years or 0) >= TRAINED_CHILD_UNDER_YEARS:
        reasons.append(
            Reason(
                "age_untrained",
                "No film of a child over five was in training: nobody has measured how far this probability "
                "holds at that age.",
            )
        )
    return Decision(FLAG_OF_POINTS[score.points_reached], tuple(reasons))
