"""The connection of a page to the server, as the tests hold it back or repeat what went over it."""

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg
from waiting import until

LATE = 200


class Line:
    """The connection of a page, which keeps the last refresh that the page asked for.

    `refreshes` says whether refreshes go through; `held` keeps back what the page sends while it is a list.
    """

    def __init__(self, page: Page) -> None:
        self.refresh: bytes | None = None
        self.refreshes = True
        self.held: list[str | bytes] | None = None
        self._page = page
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, line: WebSocketRoute) -> None:
        self._server = line.connect_to_server()
        self._server.on_message(line.send)
        line.on_message(self._pass_on)

    def _pass_on(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            sent = BackMsg.FromString(message)
            if sent.WhichOneof("type") == "rerun_script" and sent.rerun_script.is_auto_rerun:
                self.refresh = message
                if not self.refreshes or self.held is not None:
                    return
        if self.held is None:
            self._server.send(message)
        else:
            self.held.append(message)

    def release(self) -> None:
        """Send what was held back."""
        held, self.held = self.held or [], None
        for message in held:
            self._server.send(message)

    def wait_for_a_refresh(self) -> bytes:
        self.refresh = None
        return until(self._waited, "a refresh")

    def _waited(self) -> bytes | None:
        # Messages come in while Playwright waits, and only then.
        self._page.wait_for_timeout(50)
        return self.refresh

    def send_late(self, refresh: bytes, times: int = LATE) -> None:
        for _ in range(times):
            self._server.send(refresh)
            self._page.wait_for_timeout(5)
