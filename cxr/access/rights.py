"""What each role may do. Pages, actions and routes ask here; nothing else decides."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from cxr.worklist.accounts.role import Role


class Right(StrEnum):
    """Something that not everybody may do, in words that follow 'not allowed to'."""

    USE_APP = "use the app"
    READ_FILM = "screen a film"
    SEE_WORKLIST = "see the worklist"
    SEE_CASE = "open cases"
    SEE_EVIDENCE = "see the evidence"
    SIMULATE = "simulate reading orders"
    ADD_FILMS = "add films"
    CLAIM = "claim or release cases"
    REPORT = "record or undo findings"
    INVERT = "invert films"
    OVERRULE = "overrule the quality check"
    RAISE = "raise priorities"
    DISMISS = "dismiss or restore cases"
    REDACT = "redact films"
    EXPORT = "export cases"
    SEE_AUDIT = "see the audit trail"
    PAUSE = "pause or resume scoring"
    SEE_METRICS = "see the server's metrics"
    SEE_SITE = "see the page of this site"
    SEE_MONITORING = "see the monitoring"
    TEST_SITE = "test the model on this site's films, or fit a profile"
    CHANGE_SITE = "let the site go silent or live, or change its stop rule"
    USE_PROFILE = "put site profiles in use, or take them back"


LADDER = (Role.READER, Role.LEAD, Role.ADMIN)
"""The roles of people: each may do what those before it may."""

LEAST_ROLE: Mapping[Right, Role] = MappingProxyType(
    {
        Right.USE_APP: Role.READER,
        Right.READ_FILM: Role.READER,
        Right.SEE_WORKLIST: Role.READER,
        Right.SEE_CASE: Role.READER,
        Right.SEE_EVIDENCE: Role.READER,
        Right.SIMULATE: Role.READER,
        Right.ADD_FILMS: Role.READER,
        Right.CLAIM: Role.READER,
        Right.REPORT: Role.READER,
        Right.INVERT: Role.READER,
        Right.OVERRULE: Role.READER,
        Right.RAISE: Role.LEAD,
        Right.DISMISS: Role.LEAD,
        Right.REDACT: Role.LEAD,
        Right.EXPORT: Role.LEAD,
        Right.SEE_AUDIT: Role.LEAD,
        Right.PAUSE: Role.LEAD,
        Right.SEE_METRICS: Role.ADMIN,
        Right.SEE_SITE: Role.LEAD,
        Right.SEE_MONITORING: Role.LEAD,
        Right.TEST_SITE: Role.LEAD,
        Right.CHANGE_SITE: Role.ADMIN,
        Right.USE_PROFILE: Role.ADMIN,
    }
)

ROUTES: Mapping[str, Right] = MappingProxyType({"/_stcore/metrics": Right.SEE_METRICS})
"""Routes that need more than a session."""


def allows(role: Role, right: Right) -> bool:
    """Whether a role may do something."""
    return role is not Role.SERVICE and LADDER.index(role) >= LADDER.index(LEAST_ROLE[right])


def right_for(path: str) -> Right:
    """Return what a request for a path needs."""
    path = path.rstrip("/")
    return next((right for route, right in ROUTES.items() if path.endswith(route)), Right.USE_APP)
