"""Files chosen while a page is drawn anew are uploaded: the server's answer to the page is kept."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from cxr.ui.kept_answers import ANSWERS, keep_answers


def waiting(*kinds: str) -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    for kind in kinds:
        message = ForwardMsg()
        if kind == "heartbeat_ack":
            message.heartbeat_ack = True
        else:
            getattr(message, kind).SetInParent()
        queue.enqueue(message)
    return queue


def kinds(queue: ForwardMsgQueue) -> list[str | None]:
    return [message.WhichOneof("type") for message in queue.flush()]


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    keep_answers()


@pytest.mark.parametrize("answer", sorted(ANSWERS))
@pytest.mark.parametrize("parts", [None, ["a-part"]], ids=["whole page", "part"])
def test_an_answer_outlives_the_start_of_a_run_once(answer: str, parts: list[str] | None) -> None:
    queue = waiting("new_session", answer)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
    assert kinds(queue) == ["new_session", answer]


def test_what_the_earlier_run_drew_is_thrown_away_and_a_closed_page_keeps_nothing() -> None:
    queue = waiting("delta", "file_urls_response")
    queue.clear(retain_lifecycle_msgs=True)
    assert kinds(queue) == ["file_urls_response"]
    queue = waiting("file_urls_response")
    queue.clear()
    assert kinds(queue) == []


def test_streamlit_alone_still_loses_answers() -> None:
    """The day this fails, `kept_answers` may go."""
    queue = waiting("file_urls_response")
    alone = ForwardMsgQueue.clear.__wrapped__  # type: ignore[attr-defined]
    alone(queue, retain_lifecycle_msgs=True)
    assert kinds(queue) == []
