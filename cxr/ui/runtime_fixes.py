"""Faults of Streamlit's runtime that a busy machine or a slow connection brings out, fixed from outside.

Each is at home in Streamlit (1.67 still) and has a test that fails the day Streamlit no longer needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

ANSWERS = {"file_urls_response", "backend_operation_response", "heartbeat_ack"}


def fix_runtime() -> None:
    """Apply the fixes, once for the process."""
    if not hasattr(ForwardMsgQueue.clear, "__wrapped__"):
        _keep_answers()
        _keep_the_page()
        _leave_out_refreshes_of_another_page()


def _keep_answers() -> None:
    """Let the queue to the browser keep answers when a new run of the page empties it.

    Streamlit keeps only what belongs to the course of a run. If files are chosen while a run begins, the
    answer that says where to send them is thrown away: the page shows no file and no error.
    """
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

    _put_in_place(ForwardMsgQueue, clear_but_answers)


def _keep_the_page() -> None:
    """Let a switch to another page outlive a refresh that the page before asks for at that moment.

    Streamlit joins both into one run, of the page and the address that the later one names.
    """
    request = ScriptRequests._request_rerun_locked

    @wraps(request)
    def request_keeping_the_page(requests: ScriptRequests, new_data: RerunData) -> bool:
        pending = requests._rerun_data
        if (
            requests._state is ScriptRequestType.RERUN
            and new_data.is_auto_rerun
            and not pending.fragment_id_queue
        ):
            new_data = replace(
                new_data,
                query_string=pending.query_string,
                page_script_hash=pending.page_script_hash,
                page_name=pending.page_name,
            )
        return request(requests, new_data)

    _put_in_place(ScriptRequests, request_keeping_the_page)


def _leave_out_refreshes_of_another_page() -> None:
    """Never refresh a part of a page that was left.

    While a page is drawn for the first time, the browser still asks for refreshes of the page before.
    Streamlit runs them after it as if the browser had gone back, and the browser then shows an empty window.
    """
    run = ScriptRunner._run_script

    @wraps(run)
    def run_unless_left(runner: ScriptRunner, rerun_data: RerunData) -> None:
        if not refreshes_another_page(rerun_data, runner._get_script_run_ctx().page_script_hash):
            run(runner, rerun_data)

    _put_in_place(ScriptRunner, run_unless_left)


def _put_in_place(owner: type, method: Callable[..., object]) -> None:
    """Replace the method of a class that this one wraps, whose name `wraps` has given it."""
    setattr(owner, method.__name__, method)


def refreshes_another_page(rerun_data: RerunData, shown: str) -> bool:
    """Whether a timer of the browser asks for a part of a page that is not the one shown."""
    refreshes = rerun_data.is_auto_rerun and bool(rerun_data.fragment_id_queue)
    return refreshes and rerun_data.page_script_hash != shown
