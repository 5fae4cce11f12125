"""Faults of Streamlit's runtime that a busy machine or a slow connection brings out, fixed from outside.

Each is at home in Streamlit (1.67 still) and has a test that fails the day Streamlit no longer needs it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import (
    RerunData,
    RunDescriptor,
    ScriptRunContext,
    ScriptRunner,
    ScriptRunnerEvent,
)
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
    _coalesce_widget_states,
)
from streamlit.runtime.state import SafeSessionState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from cxr.ui.free_memory import GarbageCollection
from cxr.ui.waiting_requests import wait_in_line

KEPT = {"file_urls_response", "backend_operation_response", "heartbeat_ack", "page_info_changed"}
SOON_SECONDS, STOP_SECONDS = 0.01, 5.0
"""How long a request waits before it is tried again, and at most for a run that was stopped."""

_lines: WeakKeyDictionary[AppSession, deque[ClientState | None]] = WeakKeyDictionary()
"""Requests of each session that have to wait, in order."""
_before_callbacks: WeakSet[ScriptRequests] = WeakSet()
"""Of the runs that have begun, those that have not yet called the callbacks of what was pressed."""
_known_before: WeakKeyDictionary[SafeSessionState, dict[str, WidgetMetadata[Any]]] = WeakKeyDictionary()
"""The widgets that were known before each run."""
_stopped: WeakKeyDictionary[AppSession, tuple[ScriptRunner, float]] = WeakKeyDictionary()
"""The run of each session that was stopped last, and until when the next waits for its end."""


def fix_runtime() -> None:
    """Apply the fixes, once for the process."""
    if not hasattr(ForwardMsgQueue.clear, "__wrapped__"):
        _keep_messages()
        _keep_the_page()
        _refresh_only_what_is_shown()
        _let_one_run_follow_another()
        _forget_widgets_that_are_gone()
        _collect_garbage_less_often()


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


def _let_one_run_follow_another() -> None:
    """Let a request wait for the end of the run before, if it does not join that one.

    Streamlit stops a run for a request of the whole page, and begins the next at once. While both work on
    what the widgets hold, a button, a choice or an uploaded file of the new one may vanish, and so may the
    parts of the page that it drew; and a button pressed for the old one has no effect if its callback was not
    called yet. Where a run has ended, but the event loop is behind with what it drew, Streamlit throws that
    away for the refresh of another part: the end of the page stays as it was.
    """
    request, ready = AppSession.request_rerun, ScriptRequests.on_scriptrunner_ready
    start, shut_down = ScriptRunContext.on_script_start, AppSession.shutdown

    def pass_on(session: AppSession) -> None:
        line = _lines[session]
        while line:
            if not _may_be_passed_on(session, line[0]):
                session._event_loop.call_later(SOON_SECONDS, pass_on, session)
                return
            request(session, line.popleft())

    @wraps(request)
    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        wait_in_line(_lines.setdefault(session, deque()), client_state)
        pass_on(session)

    @wraps(ready)
    def on_scriptrunner_ready(requests: ScriptRequests) -> ScriptRequest:
        _before_callbacks.add(requests)
        found = ready(requests)
        if found.type is ScriptRequestType.STOP:
            _before_callbacks.discard(requests)
        return found

    @wraps(start)
    def on_script_start(context: ScriptRunContext) -> None:
        if context.script_requests:
            _before_callbacks.discard(context.script_requests)
        start(context)

    @wraps(shut_down)
    def shutdown(session: AppSession) -> None:
        stopped, _ = _stopped.get(session, (None, 0.0))
        if session._scriptrunner is None and stopped and stopped._event_loop:
            session._scriptrunner = stopped  # whose end closes what it still uses
        shut_down(session)

    _put_in_place(AppSession, request_rerun)
    _put_in_place(AppSession, shutdown)
    _put_in_place(ScriptRequests, on_scriptrunner_ready)
    _put_in_place(ScriptRunContext, on_script_start)


def _may_be_passed_on(session: AppSession, client_state: ClientState | None) -> bool:
    """Whether a request need not wait.

    One for the whole page stops the run before it, and then waits for its end. Where that one has not begun,
    it takes over what was pressed for it.
    """
    runner = session._scriptrunner
    if runner is None:
        stopped, until = _stopped.get(session, (None, 0.0))
        if stopped and _goes_on(stopped) and time.monotonic() < until:
            return False
        _stopped.pop(session, None)
        return True
    before = runner._requests
    with before._lock:
        if before._state is ScriptRequestType.STOP:
            return False  # the session will hear of its end after all that it drew
        if client_state is None or client_state.fragment_id:
            return True
        if before in _before_callbacks:
            return False
        if before._state is ScriptRequestType.RERUN:
            states = _coalesce_widget_states(before._rerun_data.widget_states, client_state.widget_states)
            client_state.widget_states.CopyFrom(states or WidgetStates())
        before._state = ScriptRequestType.STOP
    _stopped[session] = runner, time.monotonic() + STOP_SECONDS
    session._scriptrunner = None
    return False


def _goes_on(runner: ScriptRunner) -> bool:
    return runner._script_thread is not None and runner._script_thread.is_alive()


def _forget_widgets_that_are_gone() -> None:
    """Forget the widgets that a whole page no longer has.

    Streamlit keeps of each one what its callback is given, to the end of the session: every case that a
    reader has opened.
    """
    start, finish = ScriptRunContext.on_script_start, ScriptRunner._on_script_finished

    @wraps(start)
    def on_script_start(context: ScriptRunContext) -> None:
        _known_before[context.session_state] = dict(_widgets(context.session_state).widget_metadata)
        start(context)

    @wraps(finish)
    def _on_script_finished(
        runner: ScriptRunner,
        context: ScriptRunContext,
        event: ScriptRunnerEvent,
        premature_stop: bool,
        run: RunDescriptor,
    ) -> None:
        finish(runner, context, event, premature_stop, run)
        before = _known_before.pop(context.session_state, {})
        if event is not ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS or premature_stop:
            return
        with runner._requests._lock:
            # A run that was stopped too late for that may have a successor already, with widgets of its own.
            if runner._requests._state is not ScriptRequestType.STOP:
                widgets, old = _widgets(context.session_state), context.session_state._state._old_state
                widgets.widget_metadata = {
                    widget: known
                    for widget, known in widgets.widget_metadata.items()
                    if before.get(widget) is not known or widget in widgets.states or widget in old
                }

    _put_in_place(ScriptRunContext, on_script_start)
    _put_in_place(ScriptRunner, _on_script_finished)


def _widgets(state: SafeSessionState) -> WStates:
    return state._state._new_widget_state


def _collect_garbage_less_often() -> None:
    """Collect garbage after a run unless that was done a short while ago.

    Streamlit does it after every run, of a part too: two thirds of the time with 20 people. `config.toml`
    switches that off.
    """
    finish, garbage = ScriptRunner._on_script_finished, GarbageCollection()

    @wraps(finish)
    def _on_script_finished(runner: ScriptRunner, *run: Any) -> None:
        finish(runner, *run)
        garbage.collect()

    _put_in_place(ScriptRunner, _on_script_finished)


def _put_in_place(owner: type, method: Callable[..., object]) -> None:
    """Replace the method of a class that this one wraps, whose name `wraps` has given it."""
    setattr(owner, method.__name__, method)


def refreshes_another_page(rerun_data: RerunData, shown: str) -> bool:
    """Whether a timer of the browser asks for a part of a page that is not the one shown."""
    return _refreshes(rerun_data) and rerun_data.page_script_hash != shown


def _refreshes(rerun_data: RerunData) -> bool:
    return rerun_data.is_auto_rerun and bool(rerun_data.fragment_id_queue)
