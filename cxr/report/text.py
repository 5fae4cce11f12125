"""A case's report as plain text, to be copied into another system."""

import datetime
from functools import partial

from cxr import RESEARCH_USE
from cxr.explain.place import place_sentence
from cxr.explain.region import OUTLINED
from cxr.language.formats import day
from cxr.language.language import Language
from cxr.language.sentences import in_language
from cxr.model.released import UNRELEASED, is_released
from cxr.triage.words import FLAG_WORDS, LIKELIHOOD, of_a_hundred_films, percent
from cxr.worklist.case import Case


def report_text(
    case: Case, now: datetime.datetime, prevalence: float, language: Language = Language.ENGLISH
) -> str:
    """Write a case's report, without the patient: whoever pastes it has the patient open.

    Parameters
    ----------
    now
        Its time zone is that of all times.
    prevalence
        Share of films with pneumonia that the probability assumes, if the case does not record it.
    """
    say = partial(in_language, language)
    received = moment(case.arrived_at, now, language)
    lines = [say("CHEST RADIOGRAPH"), "", say(f"Case {case.number}, received {received}")]
    if case.report:
        finding = case.report.words
        lines += ["", say(f"Finding: {finding}")]
        if case.report.note:
            lines += [case.report.note]
        read_at = moment(case.report.read_at, now, language)
        lines += [say(f"Read by {case.reader}, {read_at}")]
    else:
        lines += ["", say("Finding: not read yet")]
    flag = say(FLAG_WORDS[case.flag]).lower()
    lines += ["", say(f"Screening for pneumonia: {flag}")]
    if case.flag in LIKELIHOOD and case.probability is not None:
        assumed = of_a_hundred_films(case.probability, case.prevalence or prevalence)
        likelihood, estimate = LIKELIHOOD[case.flag], percent(case.probability)
        lines += [say(f"{likelihood}, estimate {estimate}. {assumed}")]
    if case.heat and (place := place_sentence(case.heat)):
        lines += [f"{say(OUTLINED)}. {say(place)}"]
    lines += [say(reason.sentence) for reason in case.reasons]
    lines += [say(caveat) for caveat in caveats(case)]
    model = case.bundle_version or say("none yet")
    return "\n".join([*lines, f"{say('Model')} {model}. {say(RESEARCH_USE)}"])


def moment(at: datetime.datetime, now: datetime.datetime, language: Language = Language.ENGLISH) -> str:
    """Write a time in the time zone of `now`."""
    here = at.astimezone(now.tzinfo)
    return f"{day(language, here)}, {here:%H:%M %Z}".strip()


def caveats(case: Case) -> list[str]:
    """Say what the reader of a result must know besides its research use."""
    return [UNRELEASED] if case.bundle_version and not is_released(case.bundle_version) else []
