"""Agreement of readers with flags, and what the flags are worth against the readers' findings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.metrics import wilson
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag
from cxr.worklist.case import Finding
from cxr.worklist.reading.monitored import ReadCase

LABELS = {
    Finding.PNEUMONIA: Label.PNEUMONIA,
    Finding.NO_PNEUMONIA: Label.NORMAL,
    Finding.OTHER: Label.OTHER,
}

FEWEST_OF_LABEL = 20
"""Cases of a label without which no sensitivity or specificity is given."""
SCORED = (Flag.URGENT, Flag.REVIEW, Flag.ROUTINE)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the flags of read cases fit the readers' findings.

    A flag fits where pneumonia was found and it is not routine, or none was found and it is. Cases without
    a flag, and those in which something else was found or which nobody could judge, are left out.

    Attributes
    ----------
    cases
        Read in the period.
    with_pneumonia, without
        Those that count, by finding.
    fitting
        How many of these have a flag that fits.
    share
        Of fitting ones, with Wilson's 95 % interval; None without any case.
    left_out
        Cases that do not count, by why.
    sensitivity, specificity, urgent_specificity
        Not routine with pneumonia; routine, and not urgent, without. None with fewer than 20 such cases.
    said_agree, said_disagree
        The readers' own answers.
    elsewhere
        How many of the cases were reported in another system, by readers who may not have seen the flag.
    """

    cases: int
    with_pneumonia: int
    without: int
    fitting: int
    share: Estimate | None
    left_out: dict[str, int]
    sensitivity: Estimate | None
    specificity: Estimate | None
    urgent_specificity: Estimate | None
    said_agree: int
    said_disagree: int
    elsewhere: int = 0

    def under(self, least: float) -> bool:
        """Whether the share lies under a limit with its whole interval."""
        return self.share is not None and self.share.high < least


def agreement(cases: Sequence[ReadCase]) -> Agreement:
    """Hold the flags of read cases against their findings."""
    counted = [
        (LABELS[case.finding], case.flag)
        for case in cases
        if case.flag in SCORED and LABELS.get(case.finding) in (Label.PNEUMONIA, Label.NORMAL)
    ]
    ill = [flag for label, flag in counted if label is Label.PNEUMONIA]
    healthy = [flag for label, flag in counted if label is Label.NORMAL]
    found = sum(flag is not Flag.ROUTINE for flag in ill)
    routine, calm = (
        sum(flag is Flag.ROUTINE for flag in healthy),
        sum(flag is not Flag.URGENT for flag in healthy),
    )
    answers = Counter(case.agrees for case in cases)
    return Agreement(
        cases=len(cases),
        with_pneumonia=len(ill),
        without=len(healthy),
        fitting=found + routine,
        share=wilson(found + routine, len(counted)),
        left_out=dict(Counter(why for case in cases if (why := _left_out(case)))),
        sensitivity=wilson(found, len(ill)) if len(ill) >= FEWEST_OF_LABEL else None,
        specificity=wilson(routine, len(healthy)) if len(healthy) >= FEWEST_OF_LABEL else None,
        urgent_specificity=wilson(calm, len(healthy)) if len(healthy) >= FEWEST_OF_LABEL else None,
        said_agree=answers[True],
        said_disagree=answers[False],
        elsewhere=sum(case.elsewhere for case in cases),
    )


def agreement_by_population(cases: Sequence[ReadCase]) -> dict[Population, Agreement]:
    """Do so for each population of which a case was read."""
    return {
        population: agreement(some)
        for population in Population
        if (some := [case for case in cases if case.population is population])
    }


def _left_out(case: ReadCase) -> str | None:
    if LABELS.get(case.finding) not in (Label.PNEUMONIA, Label.NORMAL):
        return case.finding.value
    return None if case.flag in SCORED else "not scored"
