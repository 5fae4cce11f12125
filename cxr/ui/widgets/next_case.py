"""Claiming the next case to read, from the list or from another case."""

from __future__ import annotations

from cxr.access.rights import Right
from cxr.ui.service import worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.case_link import go_to
from cxr.ui.widgets.reader import reader
from cxr.ui.words import _
from cxr.worklist.case import State
from cxr.worklist.reading.not_possible import ChangedError, ClaimedError

TRIES = 20
"""How often another reader may be faster."""


def claim_next(after: int | None = None) -> int | None:
    """Claim the first case that nobody has, other than `after`, and return its number."""
    return attempt(Right.CLAIM, lambda: _claim_next(after))


def open_next(number: int) -> None:
    """Claim and open the first case that nobody has, from the page of another one."""
    if (following := claim_next(after=number)) is not None:
        go_to(following)


def _claim_next(after: int | None) -> int | None:
    lists = worklist()
    left = lists.ranked.case(after) if after is not None else None
    for _try in range(TRIES):
        case = lists.ranked.next_to_read(after=after)
        if case is None:
            break
        try:
            lists.desk.claim(case, reader())
        except (ClaimedError, ChangedError):
            continue
        if left and left.state is State.IN_READING and left.reader == reader():
            session().done = _("You still have case {number}, without a finding.", number=left.number)
        return case.number
    session().done = (
        _("No case is waiting for a reader.")
        if after is None
        else _("No other case is waiting for a reader.")
    )
    return None
