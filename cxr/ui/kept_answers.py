"""Answers of the server to a page's questions are not lost when the page is drawn anew at that moment."""

from __future__ import annotations

from functools import wraps

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = {"file_urls_response", "backend_operation_response", "heartbeat_ack"}


def keep_answers() -> None:
    """Let the queue to the browser keep answers when a new run of the page empties it.

    Streamlit (1.67 still) keeps only what belongs to the course of a run. If files are chosen while a run
    begins, the answer that says where to send them is thrown away: the page shows no file and no error.
    """
    if hasattr(ForwardMsgQueue.clear, "__wrapped__"):
        return
    clear = ForwardMsgQueue.clear

    @wraps(clear)
    def clear_but_answers(
        queue: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        waiting: list[ForwardMsg] = queue._queue if retain_lifecycle_msgs else []
        answers = [message for message in waiting if message.WhichOneof("type") in ANSWERS]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        kept = {id(message) for message in queue._queue}
        queue._queue += [answer for answer in answers if id(answer) not in kept]

    ForwardMsgQueue.clear = clear_but_answers  # type: ignore[assignment, method-assign]
