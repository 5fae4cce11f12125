"""A page within Streamlit's runtime, and one tab that shows it: what it asks for, and what it gets."""

import asyncio
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from cxr.ui import runtime_fixes

SCRIPT = """
import streamlit as st
import hands

def press(name):
    if name == "claim":
        hands.stay()
    st.session_state["last"] = name
    hands.pressed.append(name)

@st.fragment(run_every=60)
def part():
    with hands.drawing():
        st.text("a part")

with hands.drawing():
    for name in ("claim", "find"):
        st.button(name, on_click=press, args=(name,))
    st.components.v2.component("table", html="rows")(key="table", on_open_change=lambda: None)
    st.button("of this visit", key=f"visit-{len(hands.garbage)}")
part()
hands.leave_garbage()
st.text("the end of the page")
"""
SECONDS = 20


class Garbage:
    """An object that only a collection removes."""

    def __init__(self) -> None:
        self.itself = self


class Hands:
    """What a page and its test share."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.garbage: list[weakref.ref[Garbage]] = []
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()
        self._drawing: list[int] = []
        self.most_at_once = 0

    def stay(self) -> None:
        """Wait where the test holds the page."""
        self.begun.set()
        assert self.may_go_on.wait(SECONDS)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Note that a thread draws."""
        self._drawing.append(threading.get_ident())
        self.most_at_once = max(self.most_at_once, len(set(self._drawing)))
        try:
            # The first that comes is held; another one goes on.
            if len(self._drawing) == 1:
                self.stay()
            yield
        finally:
            self._drawing.remove(threading.get_ident())

    def leave_garbage(self) -> None:
        self.garbage.append(weakref.ref(Garbage()))


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    shared = Hands()
    monkeypatch.setitem(sys.modules, "hands", shared)
    return shared


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixed_runtime: None) -> str:
    """A page within Streamlit's runtime."""
    path = tmp_path / "page.py"
    path.write_text(SCRIPT)
    monkeypatch.setattr(Runtime, "_instance", None)
    media, uploads = MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload")
    Runtime(RuntimeConfig(str(path), None, media, uploads))
    return str(path)


class Tab:
    """A tab of a browser: what it got from the app, and what it asks for."""

    def __init__(self, script: str) -> None:
        uploads = MemoryUploadedFileManager("/upload")
        self.session = AppSession(ScriptData(script), uploads, ScriptCache(), None, {})
        self._widgets: dict[str, str] = {}

    async def open(self) -> None:
        self.session.request_rerun(ClientState())
        for message in await self.messages():
            if message.delta.new_element.WhichOneof("type") == "button":
                button = message.delta.new_element.button
                self._widgets[button.label] = button.id

    def press(self, label: str) -> None:
        pressed = WidgetState(id=self._widgets[label], trigger_value=True)
        state = ClientState()
        state.widget_states.widgets.append(pressed)
        self.session.request_rerun(state)

    def refresh(self) -> None:
        [part] = self.session._fragment_storage._fragments
        page = self.session._pages_manager.main_script_hash
        self.session.request_rerun(ClientState(fragment_id=part, is_auto_rerun=True, page_script_hash=page))

    async def messages(self) -> list[ForwardMsg]:
        """What the app sends until it rests."""
        await until(
            lambda: not (self.session._scriptrunner or runtime_fixes._lines.get(self.session) or drawers())
        )
        return self.session.flush_browser_queue()


def drawers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ScriptRunner.scriptThread"]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.005)


def texts(messages: list[ForwardMsg]) -> set[str]:
    return {message.delta.new_element.text.body for message in messages} - {""}


async def opened(script: str) -> Tab:
    tab = Tab(script)
    await tab.open()
    return tab
