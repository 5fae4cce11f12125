"""A film that kills whoever scores it is refused, like every other on which the program fails."""

from dataclasses import asdict
from pathlib import Path

import deadly_job
import pyarrow as pa
from clusters import TwoWorkers
from film.film_files import picture_file
from made_films import grey_level
from PIL import Image

from cxr.cluster.deadly import deadly_among
from cxr.cluster.job import Job
from cxr.cluster.pipeline import connect, read_parts


def test_films_that_no_process_survives_are_found(
    cluster: TwoWorkers, job: Job, films: list[str], tmp_path: Path
) -> None:
    import ray

    deadly = tmp_path / "deadly.png"
    pixels = grey_level(0) // 2
    pixels[:32, :32] = 255
    deadly.write_bytes(picture_file(Image.fromarray(pixels), "PNG"))
    connect(cluster.address, None)
    # Workers do not see the folder of the tests.
    ray.cloudpickle.register_pickle_by_value(deadly_job)

    found = deadly_among(
        deadly_job.DeadlyJob(**asdict(job)), [films[0], str(deadly), "file:///nowhere/a.png"]
    )

    assert found == {str(deadly)}
    ray.shutdown()


def test_a_deadly_film_is_not_read_again_and_fails_by_itself(films: list[str]) -> None:
    parts = pa.table({"files": [films[:2]], "deadly": [[True, False]]})

    (row,) = read_parts(parts).to_pylist()

    assert row["contents"] == [None, Path(films[1]).read_bytes()]
    assert row["codes"] == ["failed", None] and "Read it without the program" in row["sentences"][0]
