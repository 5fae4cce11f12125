"""What the frame around the app has to know of Streamlit: sessions, their uploads, scripts of the page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.file_util import get_static_dir
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import get_instance

from cxr.access.health import FAILED, OK, health_routes
from cxr.access.middleware import middleware
from cxr.api.mount import api_routes
from cxr.settings import Settings
from cxr.ui import service
from cxr.ui.cookies import KEYS_SCRIPT, LANGUAGE_SCRIPT, READER_SCRIPT
from cxr.ui.held_keys import HELD_KEYS_SCRIPT, STEPS_SCRIPT
from cxr.ui.held_uploads import held_bytes
from cxr.ui.styles import UPLOADER_SCRIPT
from cxr.ui.viewer.routes import viewer_routes

if TYPE_CHECKING:
    from cxr.worklist.worklist import Worklist

PAGE_MESSAGES = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
"""Messages of a page, beside the request for a download."""

MOST_PARTS = 20_000
"""Of a message: a chosen file has seven. An empty one of two bytes takes sixty in memory."""

OWN_SCRIPTS = (
    *(READER_SCRIPT, HELD_KEYS_SCRIPT, STEPS_SCRIPT, LANGUAGE_SCRIPT, KEYS_SCRIPT),
    UPLOADER_SCRIPT,
)


def frame(settings: Settings) -> list[Middleware]:
    """Return the middleware of the app, as the server's options require it."""
    return middleware(
        settings,
        st.get_option("server.address") or "",
        [_hash(script) for script in (*_scripts_of_the_page(), *OWN_SCRIPTS)],
        _Sessions(),
        st.get_option("server.disconnectedSessionTTL"),
        service.worklist,
        _Browser(),
    )


def _scripts_of_the_page() -> list[str]:
    page = (Path(get_static_dir()) / "index.html").read_text()
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


def _hash(script: str) -> str:
    """Hash an inline script as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


class _Browser:
    """Streamlit's page and the messages that it exchanges with the server."""

    def farewell(self, path: str) -> bytes:
        """Message over the websocket that leads the browser to a path."""
        message = ForwardMsg()
        message.auth_redirect.url = path
        return bytes(message.SerializeToString())

    def acted(self, message: bytes) -> bool:
        """Whether a message over the websocket comes from the person, not from the page's own timer."""
        sent = _parsed(message)
        return bool(
            sent and sent.WhichOneof("type") == "rerun_script" and not sent.rerun_script.is_auto_rerun
        )

    def known(self, message: bytes) -> bool:
        """Whether the app's pages send a message over the websocket.

        Streamlit also knows messages for developers: one empties the caches of all sessions, so that the
        model is loaded again, one asks what Git knows of the server's files, and one writes files beside
        the app.
        """
        if (sent := _parsed(message)) is None:
            return True
        if not _has_few_parts(sent):
            return False
        kind = sent.WhichOneof("type")
        if kind == "backend_operation_request":
            return sent.backend_operation_request.WhichOneof("payload") == "deferred_file"
        return kind in PAGE_MESSAGES


def _parsed(message: bytes) -> BackMsg | None:
    sent = BackMsg()
    try:
        sent.ParseFromString(message)
    except Exception:  # of the library; Streamlit refuses such a message
        return None
    return sent


def _has_few_parts(message: BackMsg) -> bool:
    """Whether a message and those within it have at most `MOST_PARTS` values."""
    found = 0
    within: list[Any] = [message]
    while within:
        for field, value in within.pop().ListFields():
            several = value if field.is_repeated else [value]
            found += len(several)
            if found > MOST_PARTS:
                return False
            if field.message_type:
                within += several
    return True


def routes(settings: Settings) -> list[BaseRoute]:
    """Return the routes of the app beside Streamlit's own."""
    watched = _Watched()
    return [*health_routes(settings, watched), *api_routes(settings, watched), *viewer_routes()]


class _Watched:
    """The worklist and the model that all pages share."""

    def worklist(self) -> Worklist:
        """Return the worklist, opened if need be."""
        return service.worklist()

    def model(self) -> str:
        """Say in one word whether the model is loaded."""
        loading = service.warm_up()
        if not loading.done():
            return "loading"
        return FAILED if loading.exception() else OK

    def film_added(self) -> None:
        """Have a film scored that was added by a program, unless somebody has paused the worker."""
        if not service.worker().cancelled:
            service.worker().wake()


class _Sessions:
    """Streamlit's sessions and the files uploaded to each."""

    def held(self) -> Mapping[str, int]:
        """Bytes of uploaded files by session, connected or not."""
        return held_bytes()

    def connected(self, session: str) -> bool:
        """Whether a browser is connected to a session."""
        return get_instance().is_active_session(session)

    def end(self, session: str) -> None:
        """End a session that is not connected, and free its files."""
        get_instance().close_session(session)
        get_instance().uploaded_file_mgr.remove_session_files(session)
