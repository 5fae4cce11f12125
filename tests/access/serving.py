"""An app behind one layer, and requests to it as a server makes them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Answer:
    """What came back; `status` is None where a websocket was closed before it was accepted."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    accepted: bool = False


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whatever is asked."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await receive()
    else:
        await PlainTextResponse("a film")(scope, receive, send)


def ask(
    layers: Callable[[ASGIApp], ASGIApp],
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    kind: str = "http",
    method: str = "GET",
    close_code: int = 1001,
    body: bytes = b"",
    scheme: str = "http",
    server: str = "127.0.0.1",
    client: str = "127.0.0.1",
) -> Answer:
    """Make one request."""
    answer = Answer()

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.disconnect", "code": close_code}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                answer.status = message["status"]
                for name, value in message["headers"]:
                    known = answer.headers.get(name.decode())
                    answer.headers[name.decode()] = f"{known}\n{value.decode()}" if known else value.decode()
            case "http.response.body":
                answer.body += message["body"].decode()
            case "websocket.accept":
                answer.accepted = True

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    path, _, query = path.partition("?")
    scope = {
        "type": kind,
        "path": path,
        "method": method,
        "headers": raw,
        "query_string": query.encode(),
        "scheme": scheme,
        "server": (server, 8501),
        "client": (client, 50000),
    }
    asyncio.run(layers(app)(scope, receive, send))
    return answer
