"""Who is at the screen, and what they may do. Pages and actions ask here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cxr.access.rights import Right, allows
from cxr.ui.service import settings, worklist
from cxr.ui.session import session, session_key
from cxr.ui.words import N_, _, said
from cxr.worklist.accounts.role import Role

if TYPE_CHECKING:
    from cxr.worklist.accounts.sessions import SignedIn

SIGNED_OUT = N_("You are signed out. Reload the page to sign in.")


@dataclass(frozen=True, slots=True)
class User:
    """The person at the screen; without sign-in the name is free, and empty until one is chosen."""

    name: str
    role: Role
    signed_in: SignedIn | None = None


_drawn_for: WeakKeyDictionary[object, User] = WeakKeyDictionary()
"""Who signed in, by what Streamlit makes afresh for each run: a page asks a dozen times while it is drawn."""


def user() -> User:
    """Return who is at the screen; explain and stop the page if nobody is any more.

    Who signed in is looked up once while a page is drawn, and each time before that, for the actions.
    """
    context = get_script_run_ctx()
    run = context.parallel_coordinator if context and context.has_script_started and signs_in() else None
    found = (run and _drawn_for.get(run)) or _user(session_key())
    if found is None:
        st.info(_(SIGNED_OUT), icon=":material/logout:")
        st.stop()
    if run:
        _drawn_for[run] = found
    return found


def may(right: Right) -> bool:
    """Whether this person may do something: what is not allowed is not offered."""
    return allows(user().role, right)


def require(right: Right, who: User | None = None) -> User:
    """Return who does something, as their role is now; the audit trail records a refusal.

    Parameters
    ----------
    who
        Who was at the screen when a download was offered; by default who is there now.

    Raises
    ------
    NotAllowedError
        If they may not.
    """
    from cxr.worklist.audit.trail import not_allowed
    from cxr.worklist.reading.not_possible import NotAllowedError

    signed_in = who and who.signed_in
    key = session_key() if who is None else (signed_in.key if signed_in else None)
    now = _user(key) if who is None or key else who
    if now is None:
        raise NotAllowedError(_(SIGNED_OUT))
    if not allows(now.role, right):
        worklist().audit.note(not_allowed(now.name, right, now.role))
        raise NotAllowedError(refusal(now.role, right))
    return now


def refusal(role: Role, right: Right) -> str:
    """Say what a role may not do, and what helps."""
    return _(
        "The role {role} is not allowed to {right}. Ask an administrator for another role.",
        role=said(role),
        right=said(right),
    )


def signs_in() -> bool:
    """Whether people sign in; otherwise they choose a name."""
    return settings().sign_in != "none"


def _user(key: str | None) -> User | None:
    if not signs_in():
        return User(session().reader, Role.ADMIN)
    found = worklist().sessions.of(key) if key else None
    return User(found.name, found.role, found) if found else None
