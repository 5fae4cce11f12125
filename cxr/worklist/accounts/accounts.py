"""Accounts: who may sign in, and with which role."""

import datetime
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cxr.worklist.accounts.passwords import hashed, matches, outdated
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.throttle import FREE, SIGN_IN, count_attempt, failures_of, forget_attempts
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import WHO_LENGTH, Detail, Entry, append
from cxr.worklist.store.database import Database, utc_now
from cxr.worklist.store.schema import AccountRow, SessionRow

# Letters and digits first; brackets are left to programs, such as "command line (root)".
_NAME = re.compile(r"[^\W_][\w .,'@+-]*")
_PROGRAMS = {SIGN_IN, "unnamed", "command line", "storage scu", "pacs", "worker", "stop rule"}


class AccountError(ValueError):
    """A change of an account that is not possible; says why."""


class WrongError(Exception):
    """Name or password is wrong, or the account is disabled: which of them is not said."""

    sentence = "Name or password is wrong."


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who may sign in."""

    name: str
    role: Role
    disabled_at: datetime.datetime | None
    signed_in_at: datetime.datetime | None
    external: bool
    """Whether a provider signs this person in, without a password here."""


class Accounts:
    """The accounts of a worklist; each change is a line of the audit trail."""

    def __init__(self, database: Database, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def add(self, name: str, role: Role, password: str, who: str) -> Account:
        """Add an account.

        Raises
        ------
        AccountError
            If the name is invalid or taken.
        PasswordRefusedError
            If the password is not accepted.
        """
        name = valid_name(name)
        kept = hashed(password, name)
        with self._database.writing() as session:
            if _found(session, name):
                raise AccountError(f"There is an account {name} already. 'cxr user reset' sets its password.")
            row = AccountRow(name=name, folded=_folded(name), role=role, created_at=self._now())
            row.password = kept
            session.add(row)
            _record(session, who, name, "added", role=role)
            return _account(row)

    def disable(self, name: str, who: str) -> Account:
        """Let an account sign in no more, and end its sessions."""
        with self._database.writing() as session:
            row = _existing(session, name)
            row.disabled_at = row.disabled_at or self._now()
            _end_sessions(session, row)
            _record(session, who, row.name, "disabled")
            return _account(row)

    def reset(self, name: str, password: str, who: str) -> Account:
        """Give an account a new password, end its sessions, and enable it again."""
        with self._database.reading() as session:
            kept = hashed(password, _existing(session, name).name)
        with self._database.writing() as session:
            row = _existing(session, name)
            if row.subject is not None:
                raise AccountError(f"{row.name} signs in with the provider, which keeps the password.")
            row.password, row.disabled_at = kept, None
            _end_sessions(session, row)
            forget_attempts(session, row.folded, failures_of(session, row.folded), self._now())
            _record(session, who, row.name, "password reset")
            return _account(row)

    def change_role(self, name: str, role: Role, who: str) -> Account:
        """Give an account another role, from its next click on."""
        with self._database.writing() as session:
            row = _existing(session, name)
            _record(session, who, row.name, "role changed", role=role, before=row.role)
            row.role = role
            return _account(row)

    def all(self) -> list[Account]:
        """Return every account, by name."""
        with self._database.reading() as session:
            return [_account(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.folded))]

    def check(self, name: str, password: str) -> Account:
        """Return the account of a name and its password.

        Raises
        ------
        PausedError
            After too many failed attempts with this name, whether it exists or not.
        WrongError
            If either is wrong, or the account is disabled.
        """
        folded = _folded(name)
        with self._database.writing() as session:
            attempts = count_attempt(session, folded, self._now())
            row = session.scalar(select(AccountRow).where(AccountRow.folded == folded))
            usable = row is not None and row.disabled_at is None
            kept, known = (row.password if row and usable else None), (row.name if row else None)
        if not matches(kept, password):
            if attempts >= FREE:
                with self._database.writing() as session:
                    # Without the name if there is no such account: people type passwords there.
                    details: dict[str, Detail] = {"account": known, "attempts": attempts}
                    append(session, [Entry(SIGN_IN, Action.SIGN_IN_PAUSED, details=details)], self._now())
            raise WrongError
        assert kept is not None
        with self._database.writing() as session:
            row = _existing(session, name)
            if row.disabled_at is not None or row.password != kept:
                raise WrongError
            forget_attempts(session, folded, attempts - 1, self._now())
            if outdated(kept):
                row.password = hashed(password, row.name)
            return _account(row)

    def from_provider(self, subject: str, name: str, role: Role) -> Account:
        """Return the account of a person whom a provider signed in; add or update it.

        Parameters
        ----------
        subject
            Hash of the provider and its identifier of the person, which never changes.

        Raises
        ------
        AccountError
            If the name is invalid or another account has it.
        WrongError
            If the account is disabled.
        """
        name = valid_name(name)
        with self._database.writing() as session:
            row = session.scalar(select(AccountRow).where(AccountRow.subject == subject))
            same = _found(session, name)
            if same is not None and same is not row:
                raise AccountError(f"Another account has the name {name}. Ask the administrator.")
            if row is None:
                row = AccountRow(
                    subject=subject, name=name, folded=_folded(name), role=role, created_at=self._now()
                )
                session.add(row)
                _record(session, SIGN_IN, name, "added by the provider", role=role)
            elif row.disabled_at is not None:
                raise WrongError
            elif (row.role, row.name) != (role, name):
                changed: dict[str, Detail] = {"role": role, "before": row.role, "renamed_from": row.name}
                _record(session, SIGN_IN, name, "changed by the provider", **changed)
            row.name, row.folded, row.role = name, _folded(name), role
            return _account(row)


def valid_name(name: str) -> str:
    """Return a name as it is kept, with single spaces.

    Raises
    ------
    AccountError
        If it is invalid.
    """
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if len(name) > WHO_LENGTH:
        raise AccountError(f"The name is {len(name)} characters long. Shorten it to {WHO_LENGTH}.")
    if not _NAME.fullmatch(name):
        raise AccountError(
            f"{name!r} is not a valid name. Begin with a letter or a digit, and use letters, digits, spaces "
            "and . , ' @ + - only."
        )
    if name.casefold() in _PROGRAMS:
        raise AccountError(f"{name} is the name of a program in the audit trail. Choose another.")
    return name


def _folded(name: str) -> str:
    """Write a name as it is looked up; neither database takes a NUL."""
    return " ".join(unicodedata.normalize("NFKC", name).replace("\0", " ").split()).casefold()


def _found(session: Session, name: str) -> AccountRow | None:
    return session.scalar(select(AccountRow).where(AccountRow.folded == _folded(name)).with_for_update())


def _existing(session: Session, name: str) -> AccountRow:
    row = session.scalar(select(AccountRow).where(AccountRow.folded == _folded(name)))
    if row is None:
        raise AccountError(f"There is no account {name}. 'cxr user list' shows them all.")
    return row


def _end_sessions(session: Session, row: AccountRow) -> None:
    session.execute(delete(SessionRow).where(SessionRow.account_id == row.id))


def _record(session: Session, who: str, name: str, change: str, **details: Detail) -> None:
    details = {"account": name, "change": change, **details}
    append(session, [Entry(who, Action.ACCOUNT_CHANGED, details=details)])


def _account(row: AccountRow) -> Account:
    return Account(
        row.name,
        Role(row.role),
        row.disabled_at,
        row.signed_in_at,
        row.subject is not None,
    )
