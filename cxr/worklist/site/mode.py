"""Whether results are shown at this site, and what a case is where they are not."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from cxr.worklist.case import WHOSE_FILMS, Case, leading, of_film
from cxr.worklist.store.site_schema import SiteStateRow

THE_ROW = 1
"""Number of the only row of the table that holds the state."""


class Mode(StrEnum):
    """What becomes of results; in every mode films are scored and their results stored."""

    LIVE = "live"
    """shown, they order the worklist, and are sent to the PACS"""
    SILENT = "silent"
    """withheld until an administrator lets the site go live"""
    STOPPED = "stopped"
    """withheld by the stop rule, or by an administrator, until an administrator resumes"""


@dataclass(frozen=True, slots=True)
class SiteState:
    """The state of the site.

    Attributes
    ----------
    since, who
        When the mode was last changed, and by whom; None where it never was.
    least_agreement
        Share under which the stop rule acts; None where there is no such rule.
    """

    mode: Mode = Mode.LIVE
    since: datetime.datetime | None = None
    who: str | None = None
    reason: str = ""
    least_agreement: float | None = None

    @property
    def withholds(self) -> bool:
        """Whether nobody sees a result."""
        return self.mode is not Mode.LIVE


def state_in(session: Session) -> SiteState:
    """Read the state in a transaction."""
    row = session.get(SiteStateRow, THE_ROW)
    if row is None:
        return SiteState()
    return SiteState(Mode(row.mode), row.since, row.who, row.reason or "", row.least_agreement)


def withholds(session: Session) -> bool:
    """Whether results are withheld, in a transaction."""
    mode = session.scalar(select(SiteStateRow.mode).where(SiteStateRow.id == THE_ROW))
    return mode is not None and SiteState(Mode(mode)).withholds


def without_result(case: Case) -> Case:
    """Return a case as it is shown where results are withheld: nothing in it follows from one.

    The first of its films leads, because the choice of another would show a flag.
    """
    films = tuple(
        replace(
            film,
            flag=None,
            reasons=tuple(reason for reason in film.reasons if reason.code in WHOSE_FILMS),
            probability=None,
            prevalence=None,
            operating_points=None,
            points_for=None,
            heat=None,
            bundle_version=None,
            engine=None,
        )
        for film in case.films
    )
    # Whether a reader agreed tells the flag of a finding.
    report = replace(case.report, agrees=None) if case.report else None
    return replace(case, withheld=True, report=report, films=films, **of_film(leading(films)))
