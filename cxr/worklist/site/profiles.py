"""Site profiles in the database: kept, put in use and taken back; the audit trail records who did."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from cxr.model.released import MARK
from cxr.model.site_profile import ProfileError, SiteProfile, profiled
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import WHO_LENGTH, Detail, Entry, append
from cxr.worklist.reading.desk import stripped_reason
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import Database
from cxr.worklist.store.site_schema import SiteProfileRow

if TYPE_CHECKING:
    from cxr.screening import Screener

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """A site profile of the database.

    Attributes
    ----------
    number
        Counts the profiles of this site, from 1.
    reason
        Why it is below the promise of the model; empty where it is not.
    """

    number: int
    profile: SiteProfile
    reason: str
    in_use: bool


class Profiles:
    """The site profiles of a worklist, of which at most one is in use."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._applied: tuple[Screener, str | None, Screener] | None = None

    def all(self) -> list[KeptProfile]:
        """Return all profiles, the latest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(SiteProfileRow).order_by(SiteProfileRow.number.desc()))
            return [_kept(row) for row in rows]

    def in_use(self) -> KeptProfile | None:
        """Return the profile in use; None for the model's own calibration and operating points."""
        with self._database.reading() as session:
            row = _in_use(session)
            return _kept(row) if row else None

    def keep(self, profile: SiteProfile, who: str, reason: str = "") -> KeptProfile:
        """Keep a new profile, which is not in use yet."""
        reason = stripped_reason(reason)
        with self._database.writing() as session:
            row = SiteProfileRow(
                version=profile.version,
                profile=profile.model_dump_json(),
                made_at=profile.made_at,
                made_by=who[:WHO_LENGTH],
                reason=reason or None,
            )
            session.add(row)
            session.flush()
            append(session, [_entry(who, "fitted", row, reason or None)])
            return _kept(row)

    def use(self, number: int, who: str) -> None:
        """Put a profile in use, in the place of another; every process scores with it from its next batch.

        Raises
        ------
        NotPossibleError
            Where there is no such profile.
        """
        with self._database.writing() as session:
            # All rows are locked, so that two people at once leave one profile in use.
            query = select(SiteProfileRow).order_by(SiteProfileRow.number).with_for_update()
            rows = {row.number: row for row in session.scalars(query)}
            row = rows.get(number)
            if row is None:
                raise NotPossibleError(f"There is no site profile {number}. Choose one of the list.")
            if row.in_use:
                return
            for earlier in rows.values():
                earlier.in_use = False
            row.in_use = True
            append(session, [_entry(who, "put in use", row)])

    def take_back(self, who: str) -> None:
        """Go back to the model's own calibration and operating points."""
        with self._database.writing() as session:
            if row := _in_use(session):
                row.in_use = False
                append(session, [_entry(who, "took back", row)])

    def applied(self, screener: Screener) -> Screener:
        """Return a screener that scores with the profile in use.

        One that uses a profile already, which CXR_SITE_PROFILE names, stays as it is: a setting of the
        process precedes the database, so that whoever runs it can always decide. A profile that belongs to
        another version of the model is not used: until one is fitted again, the model's own points hold.
        """
        if MARK in screener.version:
            return screener
        with self._database.reading() as session:
            row = _in_use(session)
            version = row.version if row else None
        if self._applied and self._applied[:2] == (screener, version):
            return self._applied[2]
        found = screener
        try:
            if kept := self.in_use():
                found = screener.using(*profiled(screener.card, screener.version, kept.profile))
        except ProfileError as error:
            log.error("The model's own operating points are used. %s", error)
        self._applied = screener, version, found
        return found


def _in_use(session: Session) -> SiteProfileRow | None:
    return session.scalars(select(SiteProfileRow).where(SiteProfileRow.in_use)).first()


def _kept(row: SiteProfileRow) -> KeptProfile:
    # The trail has the version, which is a hash of the content: points that somebody changed are not used.
    if hashlib.sha256(row.profile.encode()).hexdigest()[: len(row.version)] != row.version:
        raise ProfileError(
            f"Site profile {row.version} of the database was changed after it was kept. Take it back, and "
            "fit another."
        )
    try:
        profile = SiteProfile.model_validate_json(row.profile)
    except ValidationError as error:
        raise ProfileError(
            f"Site profile {row.version} of the database is not one of this version. Fit it again."
        ) from error
    return KeptProfile(row.number, profile, row.reason or "", row.in_use)


def _entry(who: str, change: str, row: SiteProfileRow, text: str | None = None) -> Entry:
    details: dict[str, Detail] = {"change": change, "profile": row.version, "number": row.number}
    return Entry(who, Action.SITE_PROFILE, details=details, text=text)
