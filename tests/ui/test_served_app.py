"""The frame around the app as it is served: what it contacts, what it refuses, what it holds in memory."""

import re
import shutil
import socket
import subprocess
import tomllib
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import cast
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from ui.app_server import ROOT
from waiting import until
from wanting import missing
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from cxr.film import MAX_FILE_MB
from cxr.lab.bench.served_app import ServedApp, served_app, start_app

FOREIGN = "http://rebound.example"
NETWORK_CALLS = "--trace=connect,sendto,sendmsg,sendmmsg"


def status(app: ServedApp, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    connection = HTTPConnection(app.url.removeprefix("http://"), timeout=60)
    connection.request(method, path, body, headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def connects(app: ServedApp, Host: str = "localhost", **headers: str) -> bool:
    """Whether the app opens its websocket to a browser that sends these headers."""
    port = int(app.url.rpartition(":")[2])
    try:
        with connect(
            f"ws://{Host}:{port}/_stcore/stream",
            sock=socket.create_connection(("localhost", port)),
            additional_headers=headers,
            subprotocols=[Subprotocol("streamlit")],
        ):
            return True
    except InvalidStatus as refused:
        assert refused.response.status_code == 403
        return False


def test_nothing_but_this_machine_is_contacted_even_where_an_origin_is_refused(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    traced = ["strace", "-D", "-f", "-qq", NETWORK_CALLS, "-o", str(calls)]
    if not shutil.which("strace") or subprocess.run([*traced, "true"], check=False).returncode:
        missing("strace is not installed, or may not trace")
    # With CI set, OpenVINO would not count its uses.
    with served_app(tmp_path, partial(start_app, before=traced), CI="", HOME=str(tmp_path)) as app:
        assert connects(app, Origin=app.url)
        for headers in ({"Origin": FOREIGN}, {"Host": "rebound.example"}, {"Origin": "null"}):
            assert connects(app, **headers) is False
            wanted = 421 if "Host" in headers else 403
            assert status(app, "/_stcore/upload_file/session/film", "PUT", **headers) == wanted
            assert status(app, "/media/film.png", **headers) == wanted
        assert status(app, "/_stcore/agent/interact", "POST") >= 400
        until(lambda: status(app, "/readyz") == 200, "the model")

    assert not (tmp_path / "intel").exists()
    seen = calls.read_text()
    assert "AF_" in seen or "sendto" in seen
    addresses = set(re.findall(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', seen))
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    # No name is looked up either, by the resolver of this machine.
    assert "htons(53)" not in seen and "resolve" not in seen


def test_uploads_never_used_are_bounded_and_freed_when_their_page_is_closed(tmp_path: Path) -> None:
    if not Path("/proc/self/status").is_file():
        missing("no /proc on this machine, which tells a process's memory")
    with served_app(tmp_path, CXR_UPLOADS_MB="400") as app:
        # The model takes more memory than the uploads: it has to be there before anything is compared.
        until(lambda: status(app, "/readyz") == 200, "the model")
        cookie = first_cookie(app)
        page = opened(app, cookie)
        session = session_of(page)
        before = app.memory_mb()

        statuses = [upload(app, session, cookie, f"film-{number}", megabytes=60) for number in range(4)]
        held = app.memory_mb() - before
        page.close(1001)

        assert statuses == [204, 204, 204, 413]
        assert held > 170
        until(
            lambda: app.memory_mb() - before < held - 170 and status(app, "/healthz"),
            "the memory",
            seconds=20,
        )
        assert upload(app, session, cookie, "late", megabytes=1) == 400


def first_cookie(app: ServedApp) -> str:
    """The token against forged requests, which a browser gets with its first page."""
    with urlopen(f"{app.url}/_stcore/health", timeout=10) as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0].partition("=")[2]


def opened(app: ServedApp, cookie: str) -> ClientConnection:
    """A page's connection to the app, with its first run asked for."""
    page = connect(
        f"{app.url.replace('http', 'ws')}/_stcore/stream",
        origin=Origin(app.url),
        subprotocols=[Subprotocol("streamlit"), Subprotocol(cookie)],
        additional_headers={"Cookie": f"_streamlit_xsrf={cookie}"},
        max_size=None,
        max_queue=None,
        ping_interval=None,
    )
    message = BackMsg()
    message.rerun_script.query_string = ""
    page.send(message.SerializeToString())
    return page


def session_of(page: ClientConnection) -> str:
    """Wait for the session's first message, which names it."""
    while True:
        message = ForwardMsg.FromString(cast(bytes, page.recv(timeout=60)))
        if message.WhichOneof("type") == "new_session":
            return message.new_session.initialize.session_id


def upload(app: ServedApp, session: str, cookie: str, name: str, megabytes: int) -> int:
    """Upload a file to a session as a page does, and return the status of the answer."""
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="film.dcm"\r\n\r\n'
    body = head + b"\1" * (megabytes * 1024 * 1024) + b"\r\n--x--\r\n"
    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "X-Xsrftoken": cookie,
        "Cookie": f"_streamlit_xsrf={cookie}",
        "Origin": app.url,
    }
    return status(app, f"/_stcore/upload_file/{session}/{name}", "PUT", body, **headers)


def test_streamlit_reports_nothing_to_its_makers_and_no_details_of_an_error_to_a_page() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())

    assert options["browser"]["gatherUsageStats"] is False
    assert (options["client"]["showErrorDetails"], options["client"]["showErrorLinks"]) == ("none", False)
    assert options["logger"]["hideWelcomeMessage"] is True
    assert options["server"]["maxUploadSize"] == MAX_FILE_MB
    assert not {"enableAgentApi", "enableCORS", "enableXsrfProtection"} & set(options["server"])
