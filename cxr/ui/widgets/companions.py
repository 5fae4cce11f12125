"""Films to compare a case's film with: the others of its study, and earlier ones of the patient."""

from __future__ import annotations

import datetime

from cxr.ui.service import settings, worklist
from cxr.ui.session import session
from cxr.ui.viewer.film_viewer import Companion
from cxr.ui.widgets.times import day, moment
from cxr.ui.words import _, _n
from cxr.worklist.case import Case
from cxr.worklist.store.database import WorklistError

MOST_CASES = 12
"""Cases of a patient that are offered, the latest ones."""


def companions(case: Case, shown: Case) -> list[Companion]:
    """List the films that can be shown beside the one that is shown, those of the same study first."""
    others = [case.about(film) for film in case.films if film.number != shown.film_number]
    places = {film.number: place for place, film in enumerate(case.films, 1)}
    found = [(_("Film {place} of this study", place=places[other.film_number]), other) for other in others]
    patients = worklist().ranked.of_patient(case)[:MOST_CASES]
    dates = _study_dates([case.number, *(other.number for other in patients)])
    found += [(_when(other, case, dates), other) for other in patients]
    return [
        Companion(session().offers.of(worklist().film_source(other), other.sha256), label)
        for label, other in found
        if not other.purged_at
    ]


def _when(other: Case, case: Case, dates: dict[int, datetime.date]) -> str:
    """Describe when another film of the patient was taken, or arrived where the date is not known."""
    at, here = dates.get(other.number), dates.get(case.number)
    if at is None:
        return _("Case {number}, arrived {at}", number=other.number, at=moment(other.arrived_at))
    if here is None or at == here:
        return _("{at}, case {number}", at=day(at), number=other.number)
    days = abs((here - at).days)
    between = _n("{count} day", "{count} days", days)
    if at < here:
        return _("{at}, {days} earlier, case {number}", at=day(at), days=between, number=other.number)
    return _("{at}, {days} later, case {number}", at=day(at), days=between, number=other.number)


def _study_dates(numbers: list[int]) -> dict[int, datetime.date]:
    """Return the study dates of cases, where the encrypted identifiers have them and may be shown."""
    if not settings().show_patients:
        return {}
    try:
        identities = worklist().identities.of(numbers)
    except WorklistError:  # the page reports it with the patient's name
        return {}
    found = {}
    for number, identity in identities.items():
        try:
            found[number] = datetime.datetime.strptime(identity.text("StudyDate"), "%Y%m%d").date()
        except ValueError:
            continue
    return found
