"""Post the warnings of monitoring to an address of the hospital: figures, and nothing of a patient."""

import asyncio
import logging

from httpx2 import AsyncClient, HTTPError, InvalidURL

from cxr import RESEARCH_USE, __version__
from cxr.site.monitor import Monitoring

SECONDS = 10.0
"""For the whole request: a server that answers byte by byte has failed too."""


class WebhookError(Exception):
    """The warnings did not arrive; says why, without the address, which may hold a key."""


def post_warnings(url: str, found: Monitoring) -> None:
    """Post what a period shows.

    No proxy of the environment is used, and no redirection is followed: the address is the only one called.

    Raises
    ------
    WebhookError
        If the address could not be reached, or answered with a failure.
    """
    # It would log the address of every request.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        status = asyncio.run(_post(url, verdict(found)))
    except (HTTPError, InvalidURL, OSError) as error:
        raise WebhookError(f"The webhook could not be reached ({type(error).__name__}).") from None
    if not 200 <= status < 300:
        raise WebhookError(f"The webhook answered with status {status}.")


async def _post(url: str, body: dict[str, object]) -> int:
    # What is answered is not read: it may be as long as the other side likes.
    async with (
        asyncio.timeout(SECONDS),
        AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream("POST", url, json=body) as answer,
    ):
        return answer.status_code


def verdict(found: Monitoring) -> dict[str, object]:
    """Sum up a period as JSON that names no patient, film or reader."""
    share = found.agreement.share
    return {
        "program": "cxr",
        "version": __version__,
        "since": found.period.since.isoformat(),
        "until": found.period.until.isoformat(),
        "model": found.network,
        "warnings": list(found.alarms),
        "drift": {population.value: drift.verdict.value for population, drift in found.drift.items()},
        "agreement": {"share": share.value, "low": share.low, "high": share.high} if share else None,
        "cases_read": found.agreement.cases,
        "films": found.inflow.films,
        "films_waiting": found.queue.waiting,
        "use": RESEARCH_USE,
    }
