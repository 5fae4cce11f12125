"""The example of nginx lets nothing but the websocket out of HTTP."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nginx import EXAMPLE, running_nginx
from waiting import until


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    def do_GET(self) -> None:
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Be silent."""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of nginx before a server that shows what reaches it."""
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    example = EXAMPLE.read_text()
    # What is asked here does not depend on TLS.
    plain = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", example, count=1, flags=re.DOTALL)
    plain = re.sub(r"    ssl_.*\n", "", plain).replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    plain = plain.replace("http://127.0.0.1:8501", f"http://127.0.0.1:{behind.server_port}")
    with running_nginx(tmp_path, plain) as process:
        until(lambda: process.poll() is not None or answers(port), "an answer of nginx")
        yield port
    behind.shutdown()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def passed_on(port: int, upgrade: str) -> str:
    """Return the headers that reach the app of a request to upgrade."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade, HTTP2-Settings\r\n"
            f"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nUpgrade: {upgrade}\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode().partition("\r\n\r\n")[2].lower()


def test_an_upgrade_to_another_protocol_does_not_reach_the_app(proxy: int) -> None:
    for protocol in ("h2c", "TLS/1.0", "websocket, h2c", "h2c, websocket"):
        assert "upgrade" not in passed_on(proxy, protocol)

    websocket = passed_on(proxy, "WebSocket")
    assert "upgrade: websocket" in websocket and "connection: upgrade" in websocket
