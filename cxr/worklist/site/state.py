"""Going silent, live, and stopping: who may see results is decided here, and the audit trail records it."""

from __future__ import annotations

import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import WHO_LENGTH, Detail, Entry, append
from cxr.worklist.reading.desk import stripped_reason
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.site.mode import THE_ROW, Mode, SiteState, state_in
from cxr.worklist.store.database import Database
from cxr.worklist.store.site_schema import SiteStateRow


class Site:
    """The state of the site; every change is one transaction, and all processes see it at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self) -> SiteState:
        """Return the state as it is now."""
        with self._database.reading() as session:
            return state_in(session)

    def change(self, to: Mode, who: str, reason: str = "") -> SiteState:
        """Go to another mode; the one that the site is in already changes nothing.

        Raises
        ------
        NotPossibleError
            Where a stop begins or ends without a reason.
        """
        reason = stripped_reason(reason)
        with self._database.writing() as session:
            row = _locked(session)
            if row.mode == to:
                return state_in(session)
            if not reason and Mode.STOPPED in (Mode(row.mode), to):
                verb = "stopping" if to is Mode.STOPPED else "ending the stop"
                raise NotPossibleError(f"Enter a reason for {verb}: the audit trail keeps it.")
            _change(session, row, to, who, reason)
            session.flush()
            return state_in(session)

    def stop_live(self, who: str, reason: str, seen: SiteState) -> bool:
        """Stop where the site is live, as it was seen to be; return whether it was stopped.

        Parameters
        ----------
        seen
            The state from which the reason follows: what somebody has changed since is left as it is.
        """
        with self._database.writing() as session:
            row = _locked(session)
            if state_in(session) != seen or seen.mode is not Mode.LIVE:
                return False
            _change(session, row, Mode.STOPPED, who, reason)
            return True

    def set_stop_rule(self, least_agreement: float | None, who: str) -> None:
        """Set the share of agreement under which results are withheld, or remove the rule with None.

        Raises
        ------
        NotPossibleError
            Where the share is not between 0 and 1.
        """
        if least_agreement is not None and not 0 < least_agreement < 1:
            raise NotPossibleError(f"{least_agreement:g} is not a share. Give one over 0 and under 1.")
        with self._database.writing() as session:
            row = _locked(session)
            if row.least_agreement == least_agreement:
                return
            details: dict[str, Detail] = {"from": row.least_agreement, "to": least_agreement}
            row.least_agreement = least_agreement
            append(session, [Entry(who, Action.STOP_RULE, details=details)])


def _locked(session: Session) -> SiteStateRow:
    row = session.scalars(
        select(SiteStateRow).where(SiteStateRow.id == THE_ROW).with_for_update()
    ).one_or_none()
    if row is None:
        row = SiteStateRow(id=THE_ROW, mode=Mode.LIVE)
        session.add(row)
    return row


def _change(session: Session, row: SiteStateRow, to: Mode, who: str, reason: str) -> None:
    details: dict[str, Detail] = {"from": Mode(row.mode), "to": to}
    now = datetime.datetime.now(datetime.UTC)
    row.mode, row.since, row.who, row.reason = to, now, who[:WHO_LENGTH], reason or None
    append(session, [Entry(who, Action.SITE_STATE, details=details, text=reason or None)], now)
