"""Faults of Streamlit's runtime that a busy machine or a slow connection brings out, fixed from outside.

Each is at home in Streamlit (1.67 still) and has a test that fails the day Streamlit no longer needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from urllib.parse import urlencode

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

KEPT = {"file_urls_response", "backend_operation_response", "heartbeat_ack", "page_info_changed"}


def fix_runtime() -> None:
    """Apply the fixes, once for the process."""
    if not hasattr(ForwardMsgQueue.clear, "__wrapped__"):
        _keep_messages()
        _keep_the_page()
        _refresh_only_what_is_shown()


def _keep_messages() -> None:
    """Let the queue to the browser keep answers and addresses when a new run of the page empties it.

    Streamlit keeps only what belongs to the course of a run. If files are chosen while a run begins, the
    answer that says where to send them is thrown away: the page shows no file and no error. If a case was
    opened, its address is thrown away: the browser asks for the case before with the next click.
    """
    clear = ForwardMsgQueue.clear

    @wraps(clear)
    def clear_the_rest(
        queue: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        waiting: list[ForwardMsg] = queue._queue if retain_lifecycle_msgs else []
        outliving = [message for message in waiting if message.WhichOneof("type") in KEPT]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        kept = {id(message) for message in queue._queue}
        queue._queue += [message for message in outliving if id(message) not in kept]

    _put_in_place(ForwardMsgQueue, clear_the_rest)


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


def _refresh_only_what_is_shown() -> None:
    """Never refresh a part of a page that was left, nor at an address that was left.

    While a page is drawn for the first time, the browser still asks for refreshes of the page before.
    Streamlit runs them after it as if the browser had gone back, and the browser then shows an empty window.
    While the next case is drawn, the browser still asks for them at the address of the case before. A refresh
    that has the page drawn again, because the case or the model has changed, would lead back to that case.
    """
    run = ScriptRunner._run_script

    @wraps(run)
    def run_where_the_page_is(runner: ScriptRunner, rerun_data: RerunData) -> None:
        if refreshes_another_page(rerun_data, runner._get_script_run_ctx().page_script_hash):
            return
        if _refreshes(rerun_data):
            with runner._session_state.query_params() as shown:
                address = urlencode(shown._query_params, doseq=True)
            rerun_data = replace(rerun_data, query_string=address)
        run(runner, rerun_data)

    _put_in_place(ScriptRunner, run_where_the_page_is)


def _put_in_place(owner: type, method: Callable[..., object]) -> None:
    """Replace the method of a class that this one wraps, whose name `wraps` has given it."""
    setattr(owner, method.__name__, method)


def refreshes_another_page(rerun_data: RerunData, shown: str) -> bool:
    """Whether a timer of the browser asks for a part of a page that is not the one shown."""
    return _refreshes(rerun_data) and rerun_data.page_script_hash != shown


def _refreshes(rerun_data: RerunData) -> bool:
    return rerun_data.is_auto_rerun and bool(rerun_data.fragment_id_queue)
