"""A page of the app without a browser: its connection, what it shows, and what a person presses."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import httpx2
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

if TYPE_CHECKING:
    from streamlit.proto.Element_pb2 import Element
    from websockets.asyncio.client import ClientConnection

PATIENCE_SECONDS = 150.0
# As a browser sees them: the app is measured from outside.
COOKIE = "cxr_session"
VIEWER = "/viewer"
_FILM = re.compile(rf"{VIEWER}/film/[\w-]+")


class LostError(Exception):
    """Something pressed had no effect within `PATIENCE_SECONDS`, or the page showed an error."""


@dataclass(slots=True)
class Shown:
    """What a page shows, as far as a reader acts on it."""

    title: str = ""
    film: str = ""
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Label to widget and fragment."""
    uploader: str = ""
    age_group: str = ""


class PageClient:
    """One browser tab of someone who is signed in; it refreshes itself as the pages ask it to."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._http = httpx2.AsyncClient(base_url=url, cookies={COOKIE: token}, timeout=PATIENCE_SECONDS)
        self._changed = asyncio.Condition()
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._page, self._query, self._session = "", "", ""
        self._states: list[WidgetState] = []
        self._done = ""
        self._answers: dict[str, ForwardMsg] = {}
        self.shown = Shown()
        self.errors: list[str] = []

    async def __aenter__(self) -> PageClient:
        from websockets.asyncio.client import connect
        from websockets.typing import Subprotocol

        self._socket: ClientConnection = await connect(
            self._url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{COOKIE}={self._token}"},
            max_size=None,
        )
        await self._http.get("/_stcore/health")  # gives the token against forged requests, as to a browser
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (*self._timers.values(), self._listening):
            task.cancel()
        await self._socket.close()
        await self._http.aclose()

    async def open(self, page: str) -> float:
        """Open a page, and return the seconds until its title is there."""
        self._done = f"opening {page}"
        message = BackMsg()
        message.rerun_script.page_name = page
        self.shown = Shown()
        self._query = ""
        return await self._timed(message, lambda: bool(self.shown.title))

    async def press(self, label: str, effect: Callable[[Shown], bool]) -> float:
        """Press a button, and return the seconds until its effect shows."""
        self._done = f"waiting for {label!r}"
        await self.until(lambda: label in self.shown.buttons)
        self._done = f"pressing {label!r}"
        widget, fragment = self.shown.buttons[label]
        message = self._rerun(fragment)
        message.rerun_script.widget_states.widgets.append(WidgetState(id=widget, trigger_value=True))
        return await self._timed(message, lambda: effect(self.shown))

    async def film(self) -> float:
        """Load the film that the page shows, and return the seconds."""
        self._done = "looking for the film"
        await self.until(lambda: bool(self.shown.film))
        began = time.monotonic()
        answer = await self._http.get(self.shown.film)
        if answer.status_code != 200 or not answer.content:
            raise LostError(f"The film was answered with {answer.status_code}.")
        return time.monotonic() - began

    async def upload(self, film: Path, age_group: str) -> float:
        """Upload a film on the worklist, and return the seconds until it is on the list."""
        self._done = "uploading a film"
        await self.until(lambda: bool(self.shown.uploader and self.shown.age_group))
        began = time.monotonic()
        asked = BackMsg()
        asked.file_urls_request.request_id = film.name
        asked.file_urls_request.file_names.append(film.name)
        asked.file_urls_request.session_id = self._session
        await self._socket.send(asked.SerializeToString())
        await self.until(lambda: film.name in self._answers)
        [target] = self._answers.pop(film.name).file_urls_response.file_urls
        content = film.read_bytes()
        token = {"X-Xsrftoken": self._http.cookies["_streamlit_xsrf"]}
        answer = await self._http.put(target.upload_url, files={"file": (film.name, content)}, headers=token)
        if answer.status_code >= 300:
            raise LostError(f"The upload was answered with {answer.status_code}.")
        age, files = WidgetState(id=self.shown.age_group), WidgetState(id=self.shown.uploader)
        age.string_array_value.data.append(age_group)
        info = files.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = target.file_id, film.name, len(content)
        info.file_urls.CopyFrom(target)
        self._states = [age, files]
        await self._timed(self._rerun(""), lambda: any("added.**" in text for text in self.shown.texts))
        return time.monotonic() - began

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a state of the page.

        Raises
        ------
        LostError
            Where it does not come within `PATIENCE_SECONDS`.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
                await self._changed.wait_for(lambda: holds() or self._listening.done())
        except TimeoutError:
            raise LostError(f"Nothing happened on {self.shown.title!r} after {self._done}.") from None
        if not holds():
            raise LostError("The connection ended.")

    async def _timed(self, message: BackMsg, holds: Callable[[], bool]) -> float:
        began = time.monotonic()
        await self._socket.send(message.SerializeToString())
        await self.until(holds)
        return time.monotonic() - began

    def _rerun(self, fragment: str, auto: bool = False) -> BackMsg:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.fragment_id, state.is_auto_rerun = fragment, auto
        # As from a browser, with each message: the app forgets what a later one leaves out.
        state.widget_states.widgets.extend(self._states)
        return message

    async def _refresh(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._socket.send(self._rerun(fragment, auto=True).SerializeToString())

    async def _listen(self) -> None:
        async for content in self._socket:
            message = ForwardMsg()
            message.ParseFromString(content if isinstance(content, bytes) else content.encode())
            async with self._changed:
                self._take(message)
                self._changed.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = message.new_session.initialize.session_id or self._session
        elif kind == "navigation":
            self._turn_to(message.navigation.page_script_hash)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "file_urls_response":
            self._answers[message.file_urls_response.response_id] = message
        elif kind == "auto_rerun":
            fragment, seconds = message.auto_rerun.fragment_id, message.auto_rerun.interval
            self._stop(fragment)
            self._timers[fragment] = asyncio.create_task(self._refresh(fragment, seconds))
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop(fragment)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._show(message.delta.new_element, message.delta.fragment_id)

    def _turn_to(self, page: str) -> None:
        if page != self._page:
            for fragment in list(self._timers):
                self._stop(fragment)
            self.shown = Shown()
        self._page = page

    def _stop(self, fragment: str) -> None:
        with suppress(KeyError):
            self._timers.pop(fragment).cancel()

    def _show(self, element: Element, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(element.exception.type)
        elif kind == "heading" and element.heading.tag == "h1":
            self.shown.title = element.heading.body
        elif kind == "button" and not element.button.disabled:
            self.shown.buttons[element.button.label] = element.button.id, fragment
        elif kind == "markdown":
            self.shown.texts.append(element.markdown.body)
        elif kind == "file_uploader":
            self.shown.uploader = element.file_uploader.id
        elif kind == "button_group" and element.button_group.label == "Age group" and not fragment:
            # The list's filter of that name is in a fragment.
            self.shown.age_group = element.button_group.id
        elif kind == "bidi_component" and (found := _FILM.search(str(element.bidi_component))):
            self.shown.film = found[0]
