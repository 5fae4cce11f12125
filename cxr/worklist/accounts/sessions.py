"""Sessions: who is signed in. The browser has a random token, the database only its hash."""

import datetime
import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, select

from cxr.worklist.accounts.accounts import WrongError
from cxr.worklist.accounts.role import Role
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Detail, Entry, append
from cxr.worklist.store.database import Database, utc_now
from cxr.worklist.store.schema import AccountRow, SessionRow

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: without activity, and at most."""

    idle: datetime.timedelta = datetime.timedelta(minutes=30)
    absolute: datetime.timedelta = datetime.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Someone who is signed in; `key` names the session and opens nothing."""

    key: str
    name: str
    role: Role


class Sessions:
    """The sessions of a worklist."""

    def __init__(
        self,
        database: Database,
        lifetime: Lifetime | None = None,
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        self._database = database
        self._lifetime = lifetime or Lifetime()
        self._now = now

    def open(self, name: str) -> str:
        """Sign an account in, and return the token for the browser, which is stored nowhere."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._now()
        with self._database.writing() as session:
            row = session.scalar(select(AccountRow).where(AccountRow.name == name))
            if row is None or row.disabled_at is not None:
                raise WrongError
            session.execute(delete(SessionRow).where(~self._in_time(now)))
            session.add(SessionRow(key=key_of(token), account_id=row.id, opened_at=now, seen_at=now))
            row.signed_in_at = now
            append(session, [Entry(row.name, Action.SIGNED_IN)], now)
        return token

    def of(self, key: str) -> SignedIn | None:
        """Return who is signed in with a session, and with which role now; None if it has ended."""
        with self._database.reading() as session:
            found = session.execute(self._lasting([key])).one_or_none()
            return SignedIn(found.key, found.name, Role(found.role)) if found else None

    def ended(self, keys: Collection[str]) -> set[str]:
        """Return those of some sessions that have ended."""
        with self._database.reading() as session:
            return set(keys) - {found.key for found in session.execute(self._lasting(keys))}

    def touch(self, key: str) -> None:
        """Record that the person did something."""
        with self._database.writing() as session:
            if row := session.get(SessionRow, key):
                row.seen_at = self._now()

    def end(self, signed_in: SignedIn, everywhere: bool = False) -> None:
        """Sign someone out, here or on every machine."""
        with self._database.writing() as session:
            account = select(SessionRow.account_id).where(SessionRow.key == signed_in.key)
            which = SessionRow.account_id.in_(account) if everywhere else SessionRow.key == signed_in.key
            session.execute(delete(SessionRow).where(which), execution_options={"synchronize_session": False})
            details: dict[str, Detail] = {"everywhere": True} if everywhere else {}
            append(session, [Entry(signed_in.name, Action.SIGNED_OUT, details=details)])

    def _in_time(self, now: datetime.datetime) -> ColumnElement[bool]:
        """Return the condition for sessions that have not expired.

        One that is dated ahead has: the clock that dated it ran fast, and it would outlive its hours. Clocks
        may differ by as long as a session may be idle.
        """
        idle, absolute = self._lifetime.idle, self._lifetime.absolute
        seen = and_(SessionRow.seen_at > now - idle, SessionRow.seen_at < now + idle)
        return and_(seen, SessionRow.opened_at > now - absolute, SessionRow.opened_at < now + idle)

    def _lasting(self, keys: Collection[str]) -> Select[str, str, str]:
        return (
            select(SessionRow.key, AccountRow.name, AccountRow.role)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .where(
                SessionRow.key.in_(keys),
                self._in_time(self._now()),
                AccountRow.disabled_at.is_(None),
            )
        )


def key_of(token: str) -> str:
    """Name of the session that a token opens; from the key nobody finds the token."""
    return hashlib.sha256(token.encode()).hexdigest()
