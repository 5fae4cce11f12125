"""Requests of a page that follow each other closely on a busy machine: nothing pressed or drawn is lost."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from inspect import unwrap
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner
from ui.one_tab import SECONDS, Garbage, Hands, Tab, hands, opened, script, texts, until

from cxr.ui import runtime_fixes
from cxr.ui.free_memory import GarbageCollection

__all__ = ["hands", "script"]


@pytest.fixture
def streamlit_alone(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(AppSession, "request_rerun", unwrap(AppSession.request_rerun))


async def refreshed_at_the_end(script: str) -> set[str]:
    """What a tab gets that asks for a refresh while the event loop is behind with the page."""
    tab = Tab(script)
    tab.session.request_rerun(ClientState())
    assert tab.session._scriptrunner and tab.session._scriptrunner._script_thread
    tab.session._scriptrunner._script_thread.join(SECONDS)
    tab.refresh()
    return texts(await tab.messages())


@pytest.mark.usefixtures("hands")
def test_the_end_of_a_page_outlives_a_refresh_that_comes_as_it_is_drawn(script: str) -> None:
    assert asyncio.run(refreshed_at_the_end(script)) == {"a part", "the end of the page"}


@pytest.mark.usefixtures("hands", "streamlit_alone")
def test_streamlit_alone_still_loses_the_end_of_the_page(script: str) -> None:
    """The day this fails, fragments need not wait in `_may_be_passed_on`."""
    assert asyncio.run(refreshed_at_the_end(script)) == {"a part"}


async def pressed_before_the_first_begins(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = await opened(script)
    held: list[ScriptRunner] = []

    def hold(runner: ScriptRunner) -> None:
        held.append(runner)

    with monkeypatch.context() as slow:
        slow.setattr(ScriptRunner, "start", hold)
        tab.press("claim")
        tab.press("find")
    for runner in held:
        runner.start()
    assert "the end of the page" in texts(await tab.messages())


def test_what_is_pressed_for_a_run_that_has_not_begun_is_done_by_the_next(
    script: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(pressed_before_the_first_begins(script, monkeypatch))
    assert sorted(hands.pressed) == ["claim", "find"]


@pytest.mark.usefixtures("streamlit_alone")
def test_streamlit_alone_still_loses_what_is_pressed_for_a_run_that_has_not_begun(
    script: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day this fails, `_may_be_passed_on` need not take over what was pressed."""
    asyncio.run(pressed_before_the_first_begins(script, monkeypatch))
    assert hands.pressed == ["find"]


async def pressed_during_a_callback(script: str, hands: Hands) -> None:
    tab = await opened(script)
    hands.begun.clear()
    hands.may_go_on.clear()
    tab.press("claim")
    await until(hands.begun.is_set)
    tab.press("find")
    tab.press("find")
    hands.may_go_on.set()
    assert "the end of the page" in texts(await tab.messages())


def test_what_is_pressed_next_does_not_break_off_a_callback(script: str, hands: Hands) -> None:
    asyncio.run(pressed_during_a_callback(script, hands))
    assert hands.pressed[:2] == ["claim", "find"]


@pytest.mark.usefixtures("streamlit_alone")
def test_streamlit_alone_still_breaks_off_a_callback(script: str, hands: Hands) -> None:
    """The day this fails, whole pages need not wait for callbacks."""
    asyncio.run(pressed_during_a_callback(script, hands))
    assert "claim" not in hands.pressed


async def pressed_while_a_part_is_drawn(script: str, hands: Hands) -> Tab:
    """Press a button while a part is drawn, which waits."""
    tab = await opened(script)
    hands.begun.clear()
    hands.may_go_on.clear()
    tab.refresh()
    await until(hands.begun.is_set)
    tab.press("find")
    return tab


async def pressed_during_a_refresh(script: str, hands: Hands, holds: Callable[[], bool]) -> None:
    """Press a button while a part is drawn, which goes on once something holds."""
    tab = await pressed_while_a_part_is_drawn(script, hands)
    await until(holds)
    hands.may_go_on.set()
    assert "the end of the page" in texts(await tab.messages())


def test_a_page_is_not_drawn_before_a_refresh_of_its_part_has_ended(
    script: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[bool] = []
    may = runtime_fixes._may_be_passed_on

    def noted(session: AppSession, client_state: ClientState | None) -> bool:
        tries.append(may(session, client_state))
        return tries[-1]

    monkeypatch.setattr(runtime_fixes, "_may_be_passed_on", noted)
    asyncio.run(pressed_during_a_refresh(script, hands, lambda: tries[-3:] == [False] * 3))
    assert (hands.most_at_once, hands.pressed) == (1, ["find"])


def test_a_page_does_not_wait_for_ever_for_a_part_that_hangs(
    script: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_fixes, "STOP_SECONDS", 0.0)
    asyncio.run(pressed_during_a_refresh(script, hands, lambda: hands.most_at_once == 2))
    assert hands.pressed == ["find"]


@pytest.mark.usefixtures("streamlit_alone")
def test_streamlit_alone_still_draws_twice_at_once(script: str, hands: Hands) -> None:
    """The day this fails, whole pages need not wait for the end of the run before."""
    asyncio.run(pressed_during_a_refresh(script, hands, lambda: hands.most_at_once == 2))


async def left_while_a_stopped_run_goes_on(script: str, hands: Hands) -> list[bool]:
    """Whether the event loop of a tab is closed: as the tab is left, and after the end of its last run."""
    tab = await pressed_while_a_part_is_drawn(script, hands)
    tab.session.shutdown()
    closed = [tab.session._script_event_loop.is_closed()]
    hands.may_go_on.set()
    await tab.messages()
    return [*closed, tab.session._script_event_loop.is_closed()]


def test_the_loop_of_a_tab_that_is_left_is_closed_once_its_last_run_has_ended(
    script: str, hands: Hands
) -> None:
    assert asyncio.run(left_while_a_stopped_run_goes_on(script, hands)) == [False, True]
    assert hands.pressed == []


def test_streamlit_alone_still_closes_the_loop_of_a_run_that_goes_on(
    script: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day this fails, `shutdown` need not be replaced."""
    monkeypatch.setattr(AppSession, "shutdown", unwrap(AppSession.shutdown))
    assert asyncio.run(left_while_a_stopped_run_goes_on(script, hands)) == [True, True]


async def widgets_after_visits(script: str, visits: int) -> int:
    """How many widgets Streamlit knows of a page, two for a component; one is another one at each visit."""
    tab = Tab(script)
    for _ in range(visits):
        await tab.open()
    return len(tab.session.session_state._new_widget_state.widget_metadata)


@pytest.mark.usefixtures("hands")
def test_widgets_of_earlier_visits_are_forgotten(script: str) -> None:
    assert asyncio.run(widgets_after_visits(script, 4)) == 5


@pytest.mark.usefixtures("hands")
def test_streamlit_alone_still_keeps_every_widget(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day this fails, `_forget_widgets_that_are_gone` may go."""
    monkeypatch.setattr(ScriptRunner, "_on_script_finished", unwrap(ScriptRunner._on_script_finished))
    assert asyncio.run(widgets_after_visits(script, 4)) == 8


@pytest.fixture
def only_on_purpose() -> Iterator[None]:
    """Python collects no garbage by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("only_on_purpose")
def test_garbage_is_collected_after_a_page_was_drawn(script: str, hands: Hands) -> None:
    asyncio.run(opened(script))
    [garbage] = hands.garbage
    assert garbage() is None


@pytest.mark.usefixtures("only_on_purpose")
def test_garbage_is_not_looked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    collection, at = GarbageCollection(), 1000.0
    # Each look at the clock comes a second later: a collection takes one.
    monkeypatch.setattr("cxr.ui.free_memory.time", SimpleNamespace(monotonic=lambda: next(clock)))
    left = []
    for now in (at, at + 10, at + 49, at + 60):
        clock = iter((now, now, now + 1.0))
        left.append(weakref.ref(Garbage()))
        collection.collect()
        if now < at + 60:
            assert [garbage() is None for garbage in left] == [True] + [False] * (len(left) - 1)
    assert [garbage() for garbage in left] == [None] * 4
