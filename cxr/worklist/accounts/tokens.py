"""Tokens by which programs use the HTTP API. A program has a random token, the database only its hash."""

import datetime
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cxr.worklist.accounts.accounts import AccountError, valid_name
from cxr.worklist.accounts.role import Role
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.store.database import Database, utc_now
from cxr.worklist.store.token_row import TokenRow

PREFIX = "cxr_"
"""By which a search for leaked secrets recognises one."""
TOKEN_BYTES = 32
MOST_CHARACTERS = 200
USE_SECONDS = 60.0
"""How often the use of a token is recorded."""


@dataclass(frozen=True, slots=True)
class Token:
    """A program that may use the API; its token is not part of it."""

    name: str
    expires_at: datetime.datetime
    used_at: datetime.datetime | None
    revoked_at: datetime.datetime | None

    @property
    def role(self) -> Role:
        """Its role, which is the same for all programs."""
        return Role.SERVICE

    @property
    def who(self) -> str:
        """What it is called in the audit trail; no account has such a name."""
        return f"api ({self.name})"

    def valid(self, now: datetime.datetime) -> bool:
        """Whether it opens anything at a time."""
        return self.revoked_at is None and now < self.expires_at


class Tokens:
    """The tokens of a worklist; each change is a line of the audit trail."""

    def __init__(self, database: Database, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def add(self, name: str, lifetime: datetime.timedelta, who: str) -> tuple[Token, str]:
        """Make a token, and return it with its text, which is shown this once and stored nowhere.

        Raises
        ------
        AccountError
            If the name is invalid, or there was a token of that name.
        """
        name, text = valid_name(name), PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.writing() as session:
            if _found(session, name):
                raise AccountError(
                    f"There is, or was, a token {name}. Choose another name, so that the audit trail tells "
                    "them apart."
                )
            now = self._now()
            row = TokenRow(name=name, folded=name.casefold(), sha256=_sha256(text), created_at=now)
            row.expires_at = now + lifetime
            session.add(row)
            _record(session, who, name, f"added, until {row.expires_at:%Y-%m-%d}")
            return _token(row), text

    def revoke(self, name: str, who: str) -> Token:
        """Let a token open nothing more, from its next request on."""
        with self._database.writing() as session:
            row = _found(session, name)
            if row is None:
                raise AccountError("There is no such token. 'cxr token list' shows them all.")
            if row.revoked_at is None:
                row.revoked_at = self._now()
                _record(session, who, row.name, "revoked")
            return _token(row)

    def all(self) -> list[Token]:
        """Return every token, also those that have expired or were revoked, by name."""
        with self._database.reading() as session:
            return [_token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.folded))]

    def of(self, text: str) -> Token | None:
        """Return the token of a text if it is valid now, and record once a minute that it was used."""
        if len(text) > MOST_CHARACTERS:
            return None
        now, sha256 = self._now(), _sha256(text)
        with self._database.reading() as session:
            row = session.scalar(select(TokenRow).where(TokenRow.sha256 == sha256))
            token = _token(row) if row else None
        if token is None or not token.valid(now):
            return None
        if token.used_at is None or (now - token.used_at).total_seconds() > USE_SECONDS:
            with self._database.writing() as session:
                session.execute(update(TokenRow).where(TokenRow.sha256 == sha256).values(used_at=now))
        return token


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _found(session: Session, name: str) -> TokenRow | None:
    folded = " ".join(name.split()).casefold()
    return session.scalar(select(TokenRow).where(TokenRow.folded == folded).with_for_update())


def _record(session: Session, who: str, name: str, change: str) -> None:
    append(session, [Entry(who, Action.TOKEN_CHANGED, details={"token": name, "change": change})])


def _token(row: TokenRow) -> Token:
    return Token(row.name, row.expires_at, row.used_at, row.revoked_at)
