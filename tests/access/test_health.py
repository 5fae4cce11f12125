import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from access.serving import Answer, ask
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import update
from starlette.applications import Starlette
from worklist.made_cases import hand_in, reading, refusal, scored

from cxr.access.health import health_routes
from cxr.settings import Settings
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import FilmRow
from cxr.worklist.worklist import Worklist

TOKEN = "0123456789abcdef"
PATIENT = "Garcia Lopez"


@dataclass(frozen=True, slots=True)
class App:
    """A running app: its worklist, and what became of its model."""

    opened: Callable[[], Worklist]
    model_is: str = "ok"

    def worklist(self) -> Worklist:
        return self.opened()

    def model(self) -> str:
        return self.model_is


@pytest.fixture(autouse=True)
def _films(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CXR_FILMS", str(tmp_path / "films"))


def visit(app: App, path: str, token: str | None = None, authorization: str = "") -> Answer:
    settings = Settings(metrics_token=SecretStr(token) if token else None)
    served = Starlette(routes=health_routes(settings, app))
    return ask(lambda _: served, path, {"authorization": authorization})


def long_ago(worklist_folder: Path) -> None:
    """Let every film have arrived, and been scored, an hour ago."""
    hour = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    with Database(f"sqlite:///{worklist_folder / 'worklist.sqlite3'}").writing() as session:
        session.execute(update(FilmRow).values(arrived_at=hour))
        session.execute(update(FilmRow).where(FilmRow.scored_at.is_not(None)).values(scored_at=hour))


def test_a_process_that_lives_says_so_whatever_else_is_wrong() -> None:
    assert visit(App(unreachable), "/healthz").body == "ok"


def test_an_app_is_ready_once_every_part_is(worklist: Worklist) -> None:
    ready = visit(App(lambda: worklist), "/readyz")
    warming_up = visit(App(lambda: worklist, "loading"), "/readyz")

    assert (ready.status, set(json.loads(ready.body).values())) == (200, {"ok"})
    assert (warming_up.status, json.loads(warming_up.body)["model"]) == (503, "loading")


def test_a_database_that_does_not_answer_is_named() -> None:
    answer = visit(App(unreachable), "/readyz")

    assert answer.status == 503
    assert json.loads(answer.body) == {
        "database": "failed",
        "films": "ok",
        "model": "ok",
        "worker": "unknown",
    }


def test_a_folder_that_takes_no_film_is_named(worklist: Worklist, tmp_path: Path) -> None:
    (tmp_path / "films").write_text("not a folder")

    answer = visit(App(lambda: worklist), "/readyz")

    assert (answer.status, json.loads(answer.body)["films"]) == (503, "failed")


def test_films_that_nobody_scores_make_the_worker_stalled(worklist: Worklist, tmp_path: Path) -> None:
    app = App(lambda: worklist)
    scored(worklist)
    hand_in(worklist, 1)
    assert visit(app, "/readyz").status == 200

    long_ago(tmp_path)
    assert json.loads(visit(app, "/readyz").body)["worker"] == "stalled"

    worklist.scoring.claim("worker 2", 1)
    assert json.loads(visit(app, "/readyz").body)["worker"] == "ok"


@pytest.mark.parametrize("dated_ahead", ["arrived_at", "scored_at", "lease_until"])
def test_what_a_clock_that_ran_fast_dated_is_no_sign_of_a_worker(
    worklist: Worklist, tmp_path: Path, dated_ahead: str
) -> None:
    scored(worklist)
    hand_in(worklist, 1)
    long_ago(tmp_path)
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    by_whom = FilmRow.scored_at.is_not(None) if dated_ahead == "scored_at" else FilmRow.scored_at.is_(None)
    with Database(f"sqlite:///{tmp_path / 'worklist.sqlite3'}").writing() as session:
        session.execute(update(FilmRow).where(by_whom).values({dated_ahead: tomorrow}))

    assert json.loads(visit(App(lambda: worklist), "/readyz").body)["worker"] == "stalled"


def test_the_metrics_count_films_and_name_nobody(worklist: Worklist, tmp_path: Path) -> None:
    scored(worklist, hand_in(worklist, 0, f"{PATIENT}.png"), reading(0.9))
    scored(worklist, hand_in(worklist, 1), reading(0.1))
    scored(worklist, hand_in(worklist, 2), refusal())
    hand_in(worklist, 3)
    long_ago(tmp_path)

    answer = visit(App(lambda: worklist), "/metrics", TOKEN, f"Bearer {TOKEN}")

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body)
        for sample in family.samples
    }
    assert found["cxr_films", "urgent"] == found["cxr_films", "routine"] == found["cxr_films", "refused"] == 1
    assert found["cxr_refused_films", "blank"] == 1
    assert found["cxr_films_waiting",] == 1
    assert 3600 <= found["cxr_queue_age_seconds",] < 3700
    assert found["cxr_scoring_seconds_count",] == 3
    assert found["cxr_scoring_seconds_sum",] == pytest.approx(0.09)
    assert found["process_resident_memory_bytes",] > 1e6
    assert not any(name in answer.body for name in PATIENT.split())


def test_the_metrics_need_their_token_and_without_one_do_not_exist(worklist: Worklist) -> None:
    app = App(lambda: worklist)

    assert visit(app, "/metrics").status == 404
    assert visit(app, "/metrics", authorization="Bearer None").status == 404
    assert visit(app, "/metrics", TOKEN).status == 401
    assert visit(app, "/metrics", TOKEN, f"Bearer {TOKEN}é").status == 401


def unreachable() -> Worklist:
    raise WorklistError("The worklist cannot be read.")
