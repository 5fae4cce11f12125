"""A case's report as plain text, to be copied into another system."""

import datetime

from cxr import RESEARCH_USE
from cxr.language.formats import day
from cxr.language.language import Language
from cxr.model.released import UNRELEASED, is_released
from cxr.triage.words import FLAG_WORDS, LIKELIHOOD, of_a_hundred_films, percent
from cxr.worklist.case import Case


def report_text(case: Case, now: datetime.datetime, prevalence: float) -> str:
    """Write a case's report, without the patient: whoever pastes it has the patient open.

    Parameters
    ----------
    now
        Its time zone is that of all times.
    prevalence
        Share of films with pneumonia that the probability assumes, if the case does not record it.
    """
    lines = ["CHEST RADIOGRAPH", "", f"Case {case.number}, received {moment(case.arrived_at, now)}"]
    if case.report:
        lines += ["", f"Finding: {case.report.finding}"]
        if case.report.note:
            lines += [case.report.note]
        lines += [f"Read by {case.reader}, {moment(case.report.read_at, now)}"]
    else:
        lines += ["", "Finding: not read yet"]
    lines += ["", f"Screening for pneumonia: {FLAG_WORDS[case.flag].lower()}"]
    if case.flag in LIKELIHOOD and case.probability is not None:
        assumed = of_a_hundred_films(case.probability, case.prevalence or prevalence)
        lines += [f"{LIKELIHOOD[case.flag]}, estimate {percent(case.probability)}. {assumed}"]
    lines += [reason.sentence for reason in case.reasons]
    lines += caveats(case)
    return "\n".join([*lines, f"Model {case.bundle_version or 'none yet'}. {RESEARCH_USE}"])


def moment(at: datetime.datetime, now: datetime.datetime, language: Language = Language.ENGLISH) -> str:
    """Write a time in the time zone of `now`."""
    here = at.astimezone(now.tzinfo)
    return f"{day(language, here)}, {here:%H:%M %Z}".strip()


def caveats(case: Case) -> list[str]:
    """Say what the reader of a result must know besides its research use."""
    return [UNRELEASED] if case.bundle_version and not is_released(case.bundle_version) else []
