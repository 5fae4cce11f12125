"""A process that waits for another one's transaction says after a while that others are writing."""

import pytest
from made_cases import ADA

from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry, append
from cxr.worklist.store import database as store
from cxr.worklist.store.database import Database, WorklistError


def test_a_lock_that_is_not_released_ends_in_a_message_and_the_next_write_succeeds(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database(url)
    monkeypatch.setattr(store, "BUSY_SECONDS", 1)
    first, second = Database(url), Database(url)

    with first.writing() as holding:
        append(holding, [Entry(ADA, Action.SAW)])
        with pytest.raises(WorklistError) as refused, second.writing() as waiting:
            append(waiting, [Entry(ADA, Action.SAW)])
    with second.writing() as session:
        append(session, [Entry(ADA, Action.SAW)])

    assert str(refused.value) == store.BUSY
