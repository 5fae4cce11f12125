"""Many signed-in people at once: they list, claim, look, record findings and upload, and wait in between."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cxr.film import Population
from cxr.lab.bench.page_client import LostError, PageClient
from cxr.lab.bench.served_app import ServedApp
from cxr.worklist.accounts.role import Role
from cxr.worklist.audit.action import Action
from cxr.worklist.worklist import Worklist

UPLOADS_EVERY = 4
"""Cases that a person reads before uploading a film."""
FINDING = "No pneumonia"
MEMORY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Load:
    """What happened while many people worked.

    Attributes
    ----------
    seconds
        Seconds until the effect showed, for each thing done.
    lost
        What had no effect, or was answered with an error.
    recorded, read
        Findings that people recorded, and those in the audit trail.
    memory_mb
        Memory of the app over time.
    """

    seconds: dict[str, list[float]]
    lost: list[str]
    recorded: int
    read: int
    memory_mb: list[float]

    def percentiles(self) -> dict[str, tuple[int, float, float, float]]:
        """Give for each thing done how often it was, and the median, the 95th percentile and the longest."""
        return {
            what: (len(found), float(np.median(found)), float(np.percentile(found, 95)), max(found))
            for what, found in self.seconds.items()
            if found
        }


@dataclass(slots=True)
class _Log:
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: list[str] = field(default_factory=list)
    recorded: int = 0


def prepare(worklist: Worklist, films: Sequence[Path], people: int) -> list[str]:
    """Put films of adults on a list, make accounts, and return a signed-in token for each person."""
    for film in films:
        worklist.intake.accept(film.name, film.read_bytes(), Population.ADULT, "load")
    names = [f"Reader {number}" for number in range(1, people + 1)]
    for name in names:
        worklist.accounts.add(name, Role.READER, secrets.token_hex(16), "load")
    return [worklist.sessions.open(name) for name in names]


async def work(
    app: ServedApp,
    worklist: Worklist,
    tokens: Sequence[str],
    uploads: Sequence[Path],
    seconds: float,
    slowness: float = 1.0,
) -> Load:
    """Let everybody work for some seconds, once all films of the list are scored.

    Parameters
    ----------
    uploads
        Films to upload, each once.
    slowness
        Scales the pauses that people make.
    """
    async with PageClient(app.url, tokens[0]) as page:
        # The first visitor starts the scoring.
        await page.open("worklist")
        while worklist.scoring.waiting():
            await asyncio.sleep(1)
    log, memory = _Log(), list[float]()
    ends = time.monotonic() + seconds
    mine = [uploads[number :: len(tokens)] for number in range(len(tokens))]
    people = [
        asyncio.create_task(_person(app.url, token, films, ends, log, random.Random(seed), slowness))
        for seed, (token, films) in enumerate(zip(tokens, mine, strict=True))
    ]
    while not all(person.done() for person in people):
        memory.append(app.memory_mb())
        await asyncio.wait(people, timeout=MEMORY_SECONDS)
    await asyncio.gather(*people)
    read = len(worklist.audit.lines(limit=100_000, action=Action.READ))
    return Load(dict(log.seconds), log.lost, log.recorded, read, memory)


async def _person(
    url: str,
    token: str,
    uploads: Sequence[Path],
    ends: float,
    log: _Log,
    draw: random.Random,
    slowness: float,
) -> None:
    films = iter(uploads)

    async def pause(least: float, most: float) -> None:
        await asyncio.sleep(slowness * draw.uniform(least, most))

    await pause(0, 10)
    try:
        async with PageClient(url, token) as page:
            done = 0
            while not done or time.monotonic() < ends:
                log.seconds["open the list"].append(await page.open("worklist"))
                await pause(1, 4)
                if done % UPLOADS_EVERY == 0 and (film := next(films, None)):
                    log.seconds["upload a film"].append(await page.upload(film, "Adult"))
                    await pause(1, 4)
                claimed = await page.press(
                    "Claim next", lambda shown: shown.title.startswith("Case") and FINDING in shown.buttons
                )
                log.seconds["claim the next case"].append(claimed)
                log.seconds["load its film"].append(await page.film())
                await pause(4, 12)
                recorded = await page.press(
                    FINDING, lambda shown: any("read it, " in text for text in shown.texts)
                )
                log.seconds["record a finding"].append(recorded)
                log.recorded += 1
                done += 1
                await pause(1, 3)
            log.lost += page.errors
    except (LostError, OSError) as error:
        log.lost.append(f"{type(error).__name__}: {error}")
