"""A cluster of two machines, one of which is killed: nothing is lost, and nothing is scored twice."""

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pytest
from clusters import TwoWorkers
from film.decoding import decoding_by
from made_films import bad_files
from postgresql import running_postgresql
from typer.testing import CliRunner
from waiting import HANGING, running, until

from cxr.cli.main import app
from cxr.cluster import pipeline
from cxr.cluster.job import Done, Job, MachineError
from cxr.cluster.parts import PartsFolder, Terms, parts_of
from cxr.cluster.pipeline import ScoringActor, connect, read_parts, score_parts
from cxr.cluster.to_parquet import ToParquet
from cxr.cluster.to_worklist import ToWorklist, finish
from cxr.film.decoding_pool import Limits
from cxr.film.left_out import left_out
from cxr.settings import Settings
from cxr.worklist.audit.action import Action
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).resolve().parents[2]
SCORE = ("score", "--engine", "ray")


@pytest.fixture(scope="module")
def connected(cluster_of_this_module: TwoWorkers) -> Iterator[int]:
    """How many actors the cluster has room for; joined once, as the command line does."""
    import ray

    yield connect(cluster_of_this_module.address, None)
    ray.shutdown()


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Rows of all parts by file, of which there is one each."""
    found = pyarrow.dataset.dataset(folder).to_table().to_pylist()
    assert set(Counter(row["file"] for row in found).values()) == {1}
    return {row["file"]: row for row in found}


def scoring(*arguments: str | Path, **environment: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-m", "cxr", *SCORE, *arguments]
    return running(*command, cwd=REPOSITORY, env=os.environ | environment, text=True, **pipes)


@pytest.mark.usefixtures("bundle_set")
def test_a_killed_run_goes_on_where_it_stopped(
    cluster: TwoWorkers, films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_BATCH_SIZE", "2")
    out = tmp_path / "out"
    folder = Path(films[0]).parent
    with scoring(folder, "--out", out, CXR_RAY_ADDRESS=cluster.address) as first:
        assert first.stderr and next(line for line in first.stderr if line.startswith("Scored 2 of 16"))
    before = {path: path.read_bytes() for path in out.glob("part-*")}

    # On this machine alone, with a folder, the same films on a list once more, and one that is nowhere.
    told = "\n".join([*films[:3], "file:///nowhere/a.png", f"file://{films[3]}"])
    with scoring(folder, "--urls", "-", "--out", out, CXR_ACTORS="1") as second:
        said, _ = second.communicate(told, timeout=HANGING / 2)

    assert second.returncode == 1, said
    rows = pyarrow.dataset.dataset(out).to_table().to_pylist()
    assert sorted(row["file"] for row in rows) == sorted([*films, "/nowhere/a.png"]), said
    assert 1 <= len(before) < 8 and all(path.read_bytes() == content for path, content in before.items())
    counts = [int(word) for word in said.replace(":", " ").replace(";", " ").split() if word.isdigit()]
    scored, refused, unread, earlier = counts
    assert (scored + earlier, refused, unread) == (17, 0, 1) and earlier >= 2 * len(before)

    done = CliRunner().invoke(app, [*SCORE, *films, "--out", str(out)])
    assert done.exit_code == 0 and done.stdout.startswith("0 films: 0 refused, 0 could not be read, 16 done ")


def test_a_killed_machine_loses_no_film_and_doubles_none_and_a_bad_film_is_a_row(
    cluster: TwoWorkers, connected: int, job: Job, films: list[str], tmp_path: Path
) -> None:
    bad = {name: one for name, one in bad_files().items() if not left_out(one[0])}
    for name, (content, _) in bad.items():
        (tmp_path / name).write_bytes(content)
    nowhere = ["file:///nowhere/a.png", str(tmp_path), "unheard-of://b.png"]
    no_text = tmp_path / os.fsdecode(b"caf\xe9.png")
    no_text.write_bytes(Path(films[0]).read_bytes())
    files = [*films[:12], *(str(tmp_path / name) for name in bad), str(no_text), *nowhere, *films[12:]]
    out = tmp_path / "out"
    parts = PartsFolder(str(out)).planned(files, Terms(job.version, job.stated, job.prevalence), 2)
    assert connected == 2

    done = score_parts(job, ToParquet(str(out)), parts, connected)
    first = [next(done) for _ in range(3)]
    cluster.kill_one()
    counts = [*first, *done]

    found = rows(out)
    spelt = str(tmp_path / r"caf\xe9.png")
    assert set(found) == {*files, spelt} - {str(no_text)}
    assert sum(one.films for one in counts) == len(files)
    assert sum(one.unread for one in counts) == len(bad) + len(nowhere)
    assert found[spelt] | {"file": 0, "seconds": 0} == found[films[0]] | {"file": 0, "seconds": 0}
    for file in films:
        assert found[file]["flag"] != "refused" and 0 <= found[file]["probability"] <= 1
        assert found[file]["sha256"] == hashlib.sha256(Path(file).read_bytes()).hexdigest()
    for name, (_, code) in bad.items():
        assert [reason["code"] for reason in found[str(tmp_path / name)]["reasons"]] == [code], name
    for file in nowhere:
        assert [reason["code"] for reason in found[file]["reasons"]] == ["not_found"]
        assert found[file]["probability"] is found[file]["sha256"] is None


def test_a_killed_machine_leaves_one_case_and_one_score_of_each_film_on_the_worklist(
    cluster: TwoWorkers, connected: int, job: Job, films: list[str], tmp_path: Path
) -> None:
    with running_postgresql() as server, server.database() as url:
        settings = Settings(database=url, films=tmp_path / "films")
        worklist = Worklist.of(settings)
        # The same content under another name is the same case.
        twin = tmp_path / "twin.png"
        twin.write_bytes(Path(films[0]).read_bytes())
        files = [*films, str(twin), "file:///nowhere/a.png"]

        done = score_parts(job, ToWorklist(settings, "Ada"), parts_of(files, 2), connected)
        first = [next(done) for _ in range(3)]
        cluster.kill_one()
        counts = [*first, *done]
        numbers = [number for one in counts for number in one.cases]
        refused = finish(settings, job, numbers)

        cases = [ranked.case for ranked in worklist.ranked.page(limit=100).rows]
        digests = {hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in films}
        assert {case.number for case in cases} == set(numbers)
        assert len(cases) == len(films) == len(digests) and all(
            case.probability is not None for case in cases
        )
        assert refused == 0 and worklist.scoring.waiting() == 0
        for action in (Action.ACCEPTED, Action.SCORED):
            told = Counter(line.case for line in worklist.audit.lines(limit=1000, action=action))
            assert told == dict.fromkeys((case.number for case in cases), 1)
        assert worklist.audit.verify().faults == ()
        assert [one.file for part in counts for one in part.off_list] == ["file:///nowhere/a.png"]


def test_films_that_take_too_long_are_refused_and_delay_no_part(
    job: Job, films: list[str], tmp_path: Path
) -> None:
    never = replace(job, limits=Limits(seconds=1e-6))
    parts = pyarrow.table({"files": [[os.fsencode(file) for file in films[:2]], [os.fsencode(films[2])]]})

    # What a machine of the cluster does with the job that it is sent, here.
    with decoding_by(never.limits):
        written = ScoringActor(pickle.loads(pickle.dumps(never)), ToParquet(str(tmp_path / "late")))(
            read_parts(parts)
        )

    done = [Done.from_json(row["done"]) for row in written.to_pylist()]
    assert sum(one.unread for one in done) == 3 and not any(one.failure for one in done)
    rows = pyarrow.dataset.dataset(tmp_path / "late").to_table().to_pylist()
    assert [reason["code"] for row in rows for reason in row["reasons"]] == ["failed"] * 3


@pytest.mark.usefixtures("cluster", "connected")
def test_a_cluster_whose_cores_are_all_taken_is_not_waited_for_for_ever(
    job: Job, films: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    holding = [ray.remote(num_cpus=1)(Counter).remote() for _ in range(2)]
    ray.get([one.total.remote() for one in holding])
    monkeypatch.setattr(pipeline, "PLACE_SECONDS", 1.0)
    monkeypatch.setattr(pipeline, "SILENT_SECONDS", 1.0)
    quick = replace(job, limits=Limits(seconds=0.01))

    with pytest.raises(MachineError, match=r"within 1 seconds .*ray status"):
        pipeline.find_core()
    with pytest.raises(MachineError, match="has not finished a batch"):
        next(score_parts(quick, ToParquet(str(tmp_path / "out")), parts_of(films[:2], 2), 2))
    for one in holding:
        ray.kill(one)
    # Ray goes on with what was given up; it must have ended before the cluster does.
    until(lambda: pipeline.WAITING not in {thread.name for thread in threading.enumerate()}, "its end")
