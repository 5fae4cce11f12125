"""Routes for monitoring: liveness, readiness and figures for Prometheus.

The database and Prometheus are imported by the first request that needs them: the first page does not.
"""

from __future__ import annotations

import hmac
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cxr.settings import Settings

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from cxr.worklist.queue.figures import Figures
    from cxr.worklist.worklist import Worklist

PROBES = ("/healthz", "/readyz", "/metrics")
"""Paths that a probe reads without signing in; the last one asks for its token."""
OK, FAILED = "ok", "failed"


class Watched(Protocol):
    """What is watched: the worklist and the model of a running app."""

    def worklist(self) -> Worklist:
        """Return the worklist, opened if need be; raises `WorklistError`."""

    def model(self) -> str:
        """Say in one word whether the model is loaded: `ok`, `loading` or `failed`."""


def health_routes(settings: Settings, watched: Watched) -> list[Route]:
    """Return the routes of `PROBES`."""

    def ready(_: Request) -> Response:
        parts = readiness(watched, settings.films)
        return JSONResponse(parts, 200 if set(parts.values()) == {OK} else 503)

    def metrics(request: Request) -> Response:
        if settings.metrics_token is None:
            return PlainTextResponse("Not Found", 404)
        wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
            return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        from cxr.worklist.store.database import WorklistError

        try:
            figures = watched.worklist().figures()
        except WorklistError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(exposition(figures), media_type=CONTENT_TYPE_LATEST)

    def alive(_: Request) -> Response:
        return PlainTextResponse(OK)

    return [Route(path, answer) for path, answer in zip(PROBES, (alive, ready, metrics), strict=True)]


def readiness(watched: Watched, films: Path) -> dict[str, str]:
    """Check every part that the app needs, and give one word for each."""
    from cxr.worklist.store.database import WorklistError

    parts = {"database": FAILED, "films": FAILED, "model": watched.model(), "worker": "unknown"}
    with suppress(OSError):
        films.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=films) as file:
            file.write(b"a film could be written")
        parts["films"] = OK
    with suppress(WorklistError):
        parts["worker"] = OK if watched.worklist().figures().worked else "stalled"
        parts["database"] = OK
    return parts


def exposition(figures: Figures) -> bytes:
    """Write figures, and the memory of this process, as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(figures))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Collector:
    """The figures of one moment as metrics."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Give one metric after another."""
        from prometheus_client.core import GaugeMetricFamily, SummaryMetricFamily

        figures = self._figures
        yield _by("cxr_films", "Scored films by flag.", "flag", figures.flags)
        yield _by("cxr_refused_films", "Refused films by reason.", "code", figures.refusals)
        yield GaugeMetricFamily("cxr_films_waiting", "Films that wait for their score.", figures.waiting)
        yield GaugeMetricFamily(
            "cxr_queue_age_seconds", "How long the oldest of them has waited.", figures.queue_age
        )
        yield SummaryMetricFamily(
            "cxr_scoring_seconds",
            "Seconds for which films were read and scored.",
            count_value=figures.scored,
            sum_value=figures.scoring_seconds,
        )
        yield GaugeMetricFamily(
            "cxr_failed_sign_ins",
            "Failed attempts to sign in of about the last day, which no success has followed.",
            figures.failed_sign_ins,
        )


def _by(name: str, words: str, label: str, counts: Mapping[str, int]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    metric = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(counts.items()):
        metric.add_metric([value], count)
    return metric
