"""Requests that wait for the end of a run, as many as a page sends or a flood of them."""

from collections import deque

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from cxr.ui import waiting_requests
from cxr.ui.waiting_requests import MOST_WAITING, wait_in_line

MOST = 10_000


def request(text: str = "", pressed: str = "", fragment: str = "", auto: bool = False) -> ClientState:
    made = ClientState(fragment_id=fragment, is_auto_rerun=auto)
    if pressed:
        made.widget_states.widgets.add(id=pressed, trigger_value=True)
    made.widget_states.widgets.add(id="text", string_value=text)
    return made


def line_of(*requests: ClientState) -> list[ClientState | None]:
    line: deque[ClientState | None] = deque()
    for one in requests:
        wait_in_line(line, one)
    return list(line)


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_requests, "MOST_BYTES", MOST)


def test_each_of_a_few_requests_waits_for_itself() -> None:
    few = [request(pressed="claim"), request(pressed="claim"), request(fragment="part")]
    assert line_of(*few) == few


def test_a_flood_takes_no_more_than_there_is_room_for_and_its_last_request_counts() -> None:
    [*others, last] = line_of(*[request("x" * 1_000 + f"{number:09}") for number in range(100)])
    assert sum(one.ByteSize() for one in [*others, last] if one) <= MOST
    assert last and last.widget_states.widgets[0].string_value.endswith("000000099")


def test_a_flood_of_small_requests_is_bounded_by_their_number() -> None:
    assert len(line_of(*[request(str(number)) for number in range(1_000)])) == MOST_WAITING


def test_what_was_pressed_in_a_request_that_gives_way_is_pressed_in_the_next() -> None:
    large = request("x" * (MOST - 500))
    [_, last] = line_of(large, request(pressed="claim"), request("x" * 600, fragment="part", auto=True))
    assert last and {one.id for one in last.widget_states.widgets if one.trigger_value} == {"claim"}
    assert (last.fragment_id, last.is_auto_rerun) == ("", False)


def test_what_was_pressed_again_and_again_does_not_pile_up_either() -> None:
    line = line_of(*[request("x" * 1_000, pressed=f"{number:05}" + "y" * 1_000) for number in range(100)])
    assert sum(one.ByteSize() for one in line if one) <= 2 * MOST
