"""Two people work in a served app as the load test has them work, and nothing they do is lost."""

import asyncio
from pathlib import Path

from made_films import png
from ui.app_server import forked_app

from cxr.lab.bench.served_app import database_of
from cxr.lab.bench.user_load import Load, prepare, work
from cxr.worklist.audit.action import Action
from cxr.worklist.worklist import Worklist

DONE = {"open the list", "upload a film", "claim the next case", "load its film", "record a finding"}
PEOPLE, WAITING = 2, 40
SECONDS = 3.0


def films_in(folder: Path, seeds: range) -> list[Path]:
    paths = [folder / f"film-{seed}.png" for seed in seeds]
    for seed, path in zip(seeds, paths, strict=True):
        path.write_bytes(png(seed))
    return paths


def test_people_list_claim_look_find_and_upload_without_a_browser(tmp_path: Path) -> None:
    worklist = Worklist(database_of(tmp_path), tmp_path / "films")
    tokens = prepare(worklist, films_in(tmp_path, range(WAITING)), PEOPLE)
    uploads = films_in(tmp_path, range(WAITING, WAITING + PEOPLE))

    with forked_app(tmp_path, CXR_SIGN_IN="local") as app:
        load = asyncio.run(work(app, worklist, tokens, uploads, SECONDS, slowness=0.05))

    assert load.lost == [] and set(load.percentiles()) == DONE
    assert load.recorded == load.read >= PEOPLE and min(load.memory_mb) > 0
    readers = {line.who for line in worklist.audit.lines(action=Action.READ)}
    assert readers == {"Reader 1", "Reader 2"}
    names = {film.name for film in uploads}
    accepted = worklist.audit.lines(limit=1_000, action=Action.ACCEPTED)
    assert sum(line.who.startswith("Reader") for line in accepted) == len(names)


def test_percentiles_are_of_each_thing_done() -> None:
    load = Load({"open the list": [float(second) for second in range(101)]}, [], 0, 0, [])
    assert load.percentiles() == {"open the list": (101, 50.0, 95.0, 100.0)}
