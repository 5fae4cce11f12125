"""Requests that wait for films take no thread from any other request."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import anyio
from starlette.concurrency import run_in_threadpool

from cxr.access.decoding_threads import AT_ONCE, OF_ONE, DecodingThreads

SECONDS = 60


def test_a_flood_of_slow_films_holds_up_neither_other_requests_nor_other_people() -> None:
    begun: Counter[str] = Counter()
    go_on = threading.Event()

    def decode(asker: str) -> str:
        begun[asker] += 1
        assert go_on.wait(SECONDS)
        return asker

    async def play() -> tuple[Counter[str], str, Counter[str], list[str]]:
        threads = DecodingThreads()
        flood = [asyncio.create_task(threads.run("eve", lambda: decode("eve"))) for _ in range(60)]
        await _until(lambda: begun["eve"] == OF_ONE)
        flooded = begun.copy()
        other = await asyncio.wait_for(run_in_threadpool(lambda: "a page"), SECONDS)
        flood += [asyncio.create_task(threads.run(name, lambda name=name: decode(name))) for name in "abcdef"]
        await _until(lambda: begun.total() == AT_ONCE or all(begun[name] for name in "abcdef"))
        together = begun.copy()
        go_on.set()
        return flooded, other, together, list(await asyncio.gather(*flood))

    flooded, other, together, done = asyncio.run(play())
    assert flooded == Counter(eve=OF_ONE) and other == "a page"
    assert together == Counter(eve=OF_ONE, **dict.fromkeys("abcdef", 1))
    assert Counter(done) == Counter(eve=60, **dict.fromkeys("abcdef", 1))


async def _until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(SECONDS):
        while not holds():
            await asyncio.sleep(0.005)
