"""The API of an app whose model is a word, and requests to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from access.serving import Answer, ask
from starlette.applications import Starlette

from cxr.api.mount import api_routes
from cxr.settings import Settings
from cxr.worklist.worklist import Worklist

FHIR = {"accept": "application/fhir+json"}


@dataclass(slots=True)
class RunningApp:
    """A running app: its worklist, and how often it was asked to score."""

    opened: Worklist
    model_is: str = "ok"
    woken: int = 0
    settings: Settings = field(default_factory=Settings)

    def worklist(self) -> Worklist:
        return self.opened

    def model(self) -> str:
        return self.model_is

    def film_added(self) -> None:
        self.woken += 1


@dataclass(slots=True)
class Caller:
    """A program that calls the API."""

    app: RunningApp
    token: str
    served: Starlette = field(init=False)

    def __post_init__(self) -> None:
        self.served = Starlette(routes=api_routes(self.app.settings, self.app))

    def call(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {"content-length": str(len(body))} if body else {}
        given |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        return ask(
            lambda _: self.served, f"/api/v1{path}", given | {**(headers or {})}, "http", method, body=body
        )

    def film(self, content: bytes, kind: str = "application/octet-stream", query: str = "") -> Answer:
        return self.call(f"/films{query}", "POST", content, {"content-type": kind})

    def form(self, *parts: tuple[str, bytes], end: bytes = b"--x--\r\n") -> Answer:
        """Send a form; the field film is a file, whose name is that of a patient."""
        body = b"".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"'.encode()
            + (b'; filename="ROSSI MARIA.png"' if name == "film" else b"")
            + b"\r\n\r\n"
            + content
            + b"\r\n"
            for name, content in parts
        )
        kind = {"content-type": "multipart/form-data; boundary=x"}
        return self.call("/films", "POST", body + end, kind)

    def finding(self, **values: Any) -> Answer:
        return self.send_finding(json.dumps(values).encode())

    def send_finding(self, body: bytes, kind: str = "application/json") -> Answer:
        return self.call("/findings", "POST", body, {"content-type": kind})
