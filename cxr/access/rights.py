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
    INVERT = "invert, rotate or mirror films"
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
    ADD_BY_API = "add films by the API"
    SEE_BY_API = "see results by the API"
    REPORT_BY_API = "report findings by the API"


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

BY_PROGRAMS = frozenset({Right.ADD_BY_API, Right.SEE_BY_API, Right.REPORT_BY_API})
"""What programs may do, with a token; people, who have sessions, may not."""

API = "/api/v1/"
"""Beneath this path a token counts, and no session does."""

ROUTES: Mapping[str, Right] = MappingProxyType({"/_stcore/metrics": Right.SEE_METRICS})
"""Routes that need more than a session."""


def allows(role: Role, right: Right) -> bool:
    """Whether a role may do something."""
    if role is Role.SERVICE or right in BY_PROGRAMS:
        return role is Role.SERVICE and right in BY_PROGRAMS
    return LADDER.index(role) >= LADDER.index(LEAST_ROLE[right])


def right_for(path: str) -> Right:
    """Return what a request for a path needs."""
    path = path.rstrip("/")
    return next((right for route, right in ROUTES.items() if path.endswith(route)), Right.USE_APP)
