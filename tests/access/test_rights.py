from cxr.access.rights import BY_PROGRAMS, LEAST_ROLE, Right, allows, right_for
from cxr.worklist.accounts.role import Role

READER = {
    *(Right.USE_APP, Right.READ_FILM, Right.SEE_WORKLIST, Right.SEE_CASE, Right.SEE_EVIDENCE),
    *(Right.SIMULATE, Right.ADD_FILMS, Right.CLAIM, Right.REPORT),
    *(Right.INVERT, Right.OVERRULE),
}
LEAD = READER | {
    *(Right.RAISE, Right.DISMISS, Right.REDACT, Right.EXPORT, Right.SEE_AUDIT, Right.PAUSE),
    *(Right.SEE_SITE, Right.SEE_MONITORING, Right.TEST_SITE),
}
ADMIN = LEAD | {Right.SEE_METRICS, Right.CHANGE_SITE, Right.USE_PROFILE}
SERVICE = {Right.ADD_BY_API, Right.SEE_BY_API, Right.REPORT_BY_API}


def test_each_role_may_do_exactly_what_is_written_here() -> None:
    may = {role: {right for right in Right if allows(role, right)} for role in Role}

    assert may == {
        Role.READER: READER,
        Role.LEAD: LEAD,
        Role.ADMIN: ADMIN,
        Role.SERVICE: SERVICE,
    }
    assert set(LEAST_ROLE) | BY_PROGRAMS == set(Right)


def test_a_route_needs_a_session_at_least() -> None:
    assert right_for("/media/film.png") is right_for("/_stcore/stream") is Right.USE_APP
    assert right_for("/_stcore/metrics/") is Right.SEE_METRICS
