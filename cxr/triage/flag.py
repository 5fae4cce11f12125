"""The flag of a film: what its score means for the order of reading."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.film import AS_STORED, Film, Population
from cxr.model.score import Score
from cxr.quality.check import QualityCheck


class Flag(StrEnum):
    """How soon a film should be read."""

    URGENT = "urgent"
    REVIEW = "review"
    ROUTINE = "routine"
    REFUSED = "refused"


FLAG_OF_POINTS = (Flag.ROUTINE, Flag.REVIEW, Flag.URGENT)
"""The flag for each number of operating points that a probability reaches."""

ADVICE = {
    Flag.URGENT: "Read this film next: the model sees signs of pneumonia.",
    Flag.REVIEW: "Read this film before the routine films: the model is uncertain.",
    Flag.ROUTINE: "Read this film in the usual order: its probability is low, which does not rule out "
    "pneumonia.",
    Flag.REFUSED: "Read this film soon and without the model: it was not scored.",
}
"""What to do next, one sentence for each flag."""

OVERRULED = "quality_check_overruled"
"""Code of the note that a person had a refused film scored."""

TRAINED_CHILD_UNDER_YEARS = 6
"""The children in training were one to five years old."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something a reader must know about a decision: a stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A film's flag and what led to it."""

    flag: Flag
    reasons: tuple[Reason, ...] = ()


def decide(
    quality_check: QualityCheck,
    score: Score | None,
    film: Film,
    stated: Population,
    read_as: Population,
    cut_off: bool = False,
) -> Decision:
    """Flag a film.

    Parameters
    ----------
    score
        `None` where the film was not accepted.
    stated
        Population as stated by the user.
    read_as
        Population from the DICOM header or, without one, as stated.
    cut_off
        Whether a lung reaches an edge of the film, so that a part of it may be missing.
    """
    reasons = [Reason(refusal.code, refusal.sentence) for refusal in quality_check.refusals]
    if film.inverted_by_reader:
        # The codes are kept from earlier versions: stored results and exports hold them.
        reasons.append(Reason("turned_round", "The film was stored inverted: a person inverted it back."))
    if film.orientation != AS_STORED:
        reasons.append(
            Reason(
                "orientation_corrected",
                "The film was not stored upright: a person rotated or mirrored it.",
            )
        )
    if quality_check.overruled:
        refused = " ".join(refusal.sentence for refusal in quality_check.overruled)
        reasons.append(
            Reason(OVERRULED, f"Scored because a person overruled the quality check, which said: “{refused}”")
        )
    if cut_off and quality_check.accepted:
        reasons.append(
            Reason(
                "lungs_at_edge",
                "A lung reaches the edge of the film: a part of it may be cut off and was not seen. Check "
                "that the film is whole.",
            )
        )
    if film.burned_in:
        reasons.append(
            Reason(
                "burnt_in_text",
                "The DICOM header reports a burned-in annotation, which may name the patient. Check the "
                "picture before you show it or send it to anyone.",
            )
        )
    if Population.UNKNOWN not in (stated, read_as) and stated is not read_as:
        reasons.append(
            Reason(
                "population_differs",
                f"Stated as {stated}, but the DICOM header says {read_as}: treated as {read_as}.",
            )
        )
    scored = score if quality_check.accepted else None
    if film.age_unreadable:
        used = (
            f": the thresholds for {scored.population} films were used, the most cautious"
            if scored and read_as is Population.UNKNOWN
            else ""
        )
        reasons.append(
            Reason(
                "age_unreadable",
                f"The DICOM header states an age or a birth date from which no age can be computed{used}. "
                "Check it in the patient's record.",
            )
        )
    if film.age_contradictory:
        reasons.append(
            Reason(
                "age_contradictory",
                "The DICOM header contradicts itself: Patient's Age, the birth date and the film's dates do "
                f"not agree. Treated as {read_as}; check the age in the patient's record.",
            )
        )
    if film.ignored:
        reasons.append(
            Reason(
                "header_ignored",
                f"The DICOM header lacks usable values of {', '.join(film.ignored)}: the film was displayed "
                "without them.",
            )
        )
    if scored is None:
        return Decision(Flag.REFUSED, tuple(reasons))
    if read_as is Population.UNKNOWN and not film.age_unreadable:
        reasons.append(
            Reason(
                "population_unknown",
                f"Age not stated: the thresholds for {scored.population} films were used, the most cautious.",
            )
        )
    if read_as is Population.CHILD and (film.age_years or 0) >= TRAINED_CHILD_UNDER_YEARS:
        reasons.append(
            Reason(
                "age_untrained",
                "The model was not trained on children over five: how well this probability holds at that "
                "age has not been measured.",
            )
        )
    return Decision(FLAG_OF_POINTS[scored.points_reached], tuple(reasons))
