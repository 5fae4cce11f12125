"""Files that never were films are left out on a cluster too, by kind."""

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet
from made_films import picture_file
from PIL import Image

from cxr.cluster.job import Done, Job
from cxr.cluster.parts import Part
from cxr.cluster.to_parquet import ToParquet
from cxr.cluster.to_worklist import ToWorklist
from cxr.settings import Settings
from cxr.worklist.worklist import Worklist

LOGO = picture_file(Image.fromarray(np.eye(64, dtype=np.uint8)), "PNG")
BESIDE = {"AUTORUN.INF": b"[autorun]\nopen=viewer.exe\n", "viewer.exe": b"MZ\x90\x00" + bytes(99)}
KINDS = ("text file", "program", "picture of fewer than 128 pixels", "empty file")


def test_what_is_no_film_gets_no_row_on_the_worklist(job: Job, films: list[str], tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path / 'worklist.sqlite3'}", films=tmp_path / "films")
    files = {**BESIDE, "logo.png": LOGO, "film.png": Path(films[0]).read_bytes(), "none.png": b""}

    desk = ToWorklist(settings, "Ada").desk(job, job.screener())
    done = desk.take(Part(tuple(files)), list(files.values()))

    assert [row.case.name for row in Worklist.of(settings).ranked.page(limit=9).rows] == ["film.png"]
    assert (done.films, len(done.cases), done.off_list) == (1, 1, ())
    assert done.left_out == KINDS
    assert Done.from_json(done.to_json()) == done


def test_what_is_no_film_gets_no_row_in_parquet(job: Job, films: list[str], tmp_path: Path) -> None:
    files = {**BESIDE, "logo.png": LOGO, "film.png": Path(films[0]).read_bytes(), "none.png": b""}

    desk = ToParquet(str(tmp_path)).desk(job, job.screener())
    done = desk.take(Part(tuple(files)), list(files.values()))

    (part,) = tmp_path.glob("*.parquet")
    rows = pyarrow.parquet.read_table(io.BytesIO(part.read_bytes())).to_pylist()
    assert [row["file"] for row in rows] == ["film.png"] and rows[0]["probability"] is not None
    assert (done.films, done.unread, done.left_out) == (1, 0, KINDS)
