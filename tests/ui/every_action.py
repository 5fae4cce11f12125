"""Everything that the app's buttons do, done whether a button is shown or not."""

import datetime
from collections.abc import Callable
from typing import Any

import streamlit as st
from made_films import png
from waiting import until

from cxr.access.rights import Right
from cxr.film import Orientation, Population
from cxr.film.redaction import Corner
from cxr.model.site_profile import SiteProfile
from cxr.site.limits import Limits
from cxr.triage.priority import Urgency
from cxr.ui.acceptance_test import Asked
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets import (
    add_films,
    case_desk,
    case_link,
    case_report,
    dismiss_dialog,
    next_case,
    raise_priority,
    redact_dialog,
    site_acceptance,
    site_profiles,
    site_state,
    uploaded_film,
)
from cxr.ui.widgets import selection as selected
from cxr.worklist.case import Case, Finding
from cxr.worklist.reading.filters import Filter
from cxr.worklist.site.mode import Mode


class _Upload:
    """A file as the uploader gives it."""

    file_id, name = "1", "upload.png"

    def getvalue(self) -> bytes:
        return png(99)


def actions(number: int, who: str) -> list[tuple[Right, Callable[[], object]]]:
    """Every action on a case, with the right that it needs, in an order in which each is possible."""

    def now() -> Case:
        case = worklist().ranked.case(number)
        assert case
        return case

    def scored() -> Case:
        """A finding is refused while the flag changes, which the worker of the app is about to do."""
        until(lambda: now().flag, "a score")
        return now()

    uploads: list[Any] = [_Upload()]
    film = uploaded_film.UploadedFilm.of("another.png", png(98), Population.CHILD)
    return [
        (Right.SEE_CASE, lambda: case_link.record_opening(now())),
        (Right.CLAIM, lambda: case_desk._claim(now(), who)),
        (Right.INVERT, lambda: case_desk.invert(now(), True)),
        (Right.INVERT, lambda: case_desk.orient(now(), Orientation(1))),
        (Right.OVERRULE, lambda: case_desk.overrule(now(), True)),
        (Right.REPORT, lambda: case_desk._report(scored(), who, Finding.OTHER)),
        (Right.REPORT, lambda: case_desk._undo(now(), who)),
        (Right.CLAIM, lambda: case_desk._release(now(), who)),
        (Right.RAISE, lambda: _raise(number)),
        (Right.DISMISS, lambda: _dismiss(number)),
        (Right.DISMISS, lambda: selected.restore([number], who)),
        (Right.DISMISS, lambda: case_desk._restore(now(), who)),
        (Right.REDACT, lambda: redact_dialog._redact(now(), (Corner.TOP_LEFT,), 0.1, 0.1)),
        (Right.PAUSE, add_films._pause),
        (Right.PAUSE, add_films._resume),
        (Right.ADD_FILMS, lambda: add_films._add(uploads, Population.CHILD)),
        (Right.ADD_FILMS, lambda: uploaded_film._add([film])),
        (Right.CLAIM, lambda: next_case.claim_next(after=number)),
        (Right.CHANGE_SITE, lambda: site_state._change(Mode.LIVE)),
        (Right.CHANGE_SITE, lambda: site_state._rule(None)),
        (Right.TEST_SITE, lambda: site_acceptance._run(Asked(Limits(), 0.2, 50), None)),
        (Right.TEST_SITE, _fit),
        (Right.TEST_SITE, _keep),
        (Right.USE_PROFILE, lambda: site_profiles._use(1)),
        (Right.USE_PROFILE, site_profiles._take_back),
    ]


def _raise(number: int) -> None:
    st.session_state[raise_priority.TO] = Urgency.HIGH
    st.session_state[raise_priority.WHY] = "a reason"
    raise_priority._raise([number])


def _dismiss(number: int) -> None:
    st.session_state[dismiss_dialog.WHY] = "Duplicate"
    dismiss_dialog._dismiss([number])


def _fit() -> None:
    st.session_state[site_profiles.WANTED] = 0.95
    site_profiles._fit()


def _keep() -> None:
    session().fitted = site_profiles.Fitted(
        SiteProfile(
            bundle="other-1",
            made_by="Ada",
            made_at=datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC),
            populations={},
        ),
        (),
    )
    site_profiles._keep()


def downloads(number: int) -> list[Callable[[], object]]:
    """What the download buttons call on a click; they are drawn for whoever is there now."""
    made: list[Callable[[], object]] = []

    def catch(label: str, data: Callable[[], object], *_: object, **__: object) -> bool:
        made.append(data)
        return False

    shown, st.download_button = st.download_button, catch
    try:
        selected._export(Filter())
        case = worklist().ranked.case(number)
        assert case
        case_report.show_report_download(case)
    finally:
        st.download_button = shown
    return made
