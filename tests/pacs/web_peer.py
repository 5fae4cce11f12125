"""A DICOMweb service that answers as a test wants it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from peers import LOCALHOST


@contextmanager
def web_peer(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve every request by a function, once its body was read; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOCALHOST}:{server.server_address[1]}/web"
    finally:
        server.shutdown()
        server.server_close()


def begin(to: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    """Send a status and headers."""
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name, value)
    to.end_headers()
