"""Films stay with a worker that lives and gets on."""

import datetime
import logging
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from made_cases import hand_in
from waiting import until

from cxr.model.bundle import load_bundle
from cxr.model.engine import Engine
from cxr.screening import Screener
from cxr.worklist.queue.heartbeat import Heartbeat
from cxr.worklist.queue.worker import score_run
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)
SHORT = datetime.timedelta(seconds=0.3)
OVER = datetime.timedelta(seconds=-1)


def lease(tmp_path: Path) -> str:
    """Until when the first film is kept, as it stands in the database."""
    with sqlite3.connect(tmp_path / "worklist.sqlite3") as connection:
        return str(connection.execute("SELECT lease_until FROM films ORDER BY id").fetchone()[0])


def test_a_lease_that_is_renewed_keeps_the_film_from_others(worklist: Worklist) -> None:
    for seed in range(2):
        hand_in(worklist, seed)
    worklist.scoring.claim("first", 1, OVER)
    worklist.scoring.claim("second", 1, OVER)

    # The second took the film of the first, whose lease was over.
    assert worklist.scoring.renew("first") == 0
    assert worklist.scoring.renew("second") == 1

    assert [case.number for case in worklist.scoring.claim("third", 2)] == [2]


def test_a_worker_renews_its_lease_while_it_computes(
    worklist: Worklist, small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.worklist.queue.worker.Heartbeat", partial(Heartbeat, lease=SHORT))
    bundle = load_bundle(small_bundle)

    def compute_for_long(*_: object) -> None:
        seen = set[str]()

        def renewed_twice() -> bool:
            seen.add(lease(tmp_path))
            return len(seen) > 2

        until(renewed_twice, "two renewals")

    bundle.network.trunk.register_forward_pre_hook(compute_for_long)
    screener = Screener(bundle, engine=Engine(bundle.network, bundle.card.preprocessing))
    hand_in(worklist, 0)

    assert score_run(worklist, screener, 1, "slow", stopped=lambda: False) == 1
    assert worklist.scoring.waiting() == 0


def test_a_worker_that_stands_still_is_taken_for_dead(
    worklist: Worklist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cxr.worklist.queue.heartbeat.STANDSTILL", 0)
    hand_in(worklist, 0)
    worklist.scoring.claim("hung", 1)
    before = lease(tmp_path)

    with caplog.at_level(logging.ERROR), Heartbeat(worklist.scoring, "hung", SHORT):
        until(lambda: "No film was finished" in caplog.text, "a line of the log")

    assert lease(tmp_path) == before
