"""Requests of a session that wait for the end of a run: a flood of them does not fill the memory."""

from collections import deque
from collections.abc import Iterable

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import _coalesce_widget_states

MOST_BYTES = 4 * 1024 * 1024
"""Of the requests that wait in a session: a click takes some kilobytes, a thousand chosen files 400."""

MOST_WAITING = 100


def wait_in_line(line: deque[ClientState | None], request: ClientState | None) -> None:
    """Add a request to those that wait; where there are too many, the last two become one."""
    last = line[-1] if line else None
    if last and request and (len(line) >= MOST_WAITING or _bytes([*line, request]) > MOST_BYTES):
        line[-1] = _joined(last, request)
    else:
        line.append(request)


def _bytes(line: Iterable[ClientState | None]) -> int:
    return sum(one.ByteSize() for one in line if one)


def _joined(before: ClientState, after: ClientState) -> ClientState:
    """Join two requests into the later one, of the whole page unless both are of the same part."""
    joined = ClientState()
    joined.CopyFrom(after)
    pressed = _coalesce_widget_states(before.widget_states, after.widget_states) or WidgetStates()
    if pressed.ByteSize() <= MOST_BYTES:
        joined.widget_states.CopyFrom(pressed)
    if before.fragment_id != after.fragment_id:
        joined.fragment_id = ""
    joined.is_auto_rerun = before.is_auto_rerun and after.is_auto_rerun
    return joined
