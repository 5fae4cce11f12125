"""Refreshes that arrive late, as over a slow connection, harm no page that was opened meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg
from ui.app_server import running_app
from ui.browser import CASE_ROWS, choose_reader, open_row
from ui.shown_cases import ADA, shown, worklist_in
from waiting import until

TIMES = 2
"""Cases opened. Without the fix the second at the latest ended with an empty window, in each of four runs."""
LATE = 200


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    for seed in range(TIMES):
        shown(worklist, seed)
    with running_app(folder) as address:
        yield address


class Line:
    """The connection of a page, which keeps the last refresh that the page asked for."""

    def __init__(self, page: Page) -> None:
        self.refresh: bytes | None = None
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
        self._server.send(message)

    def wait_for_a_refresh(self) -> bytes:
        self.refresh = None
        return until(self._waited, "a refresh")

    def _waited(self) -> bytes | None:
        # Messages come in while Playwright waits, and only then.
        self._page.wait_for_timeout(50)
        return self.refresh

    def send_late(self, refresh: bytes) -> None:
        for _ in range(LATE):
            self._server.send(refresh)
            self._page.wait_for_timeout(5)


def test_a_case_opens_whatever_refresh_of_the_list_is_still_on_its_way(browser: Browser, url: str) -> None:
    for row in range(TIMES):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        crashes: list[str] = []
        page.on("pageerror", lambda error, crashes=crashes: crashes.append(error.message))
        line = Line(page)
        page.goto(f"{url}/worklist")
        page.locator(CASE_ROWS).first.wait_for()
        choose_reader(page, ADA)
        refresh = line.wait_for_a_refresh()
        open_row(page, row)
        line.send_late(refresh)
        assert crashes == []
        page.locator(".viewer[data-shows=full]").wait_for()
        page.context.close()
