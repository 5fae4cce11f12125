import dataclasses
import json
from pathlib import Path
from typing import Any

import fsspec
import pytest

from cxr.cluster.parts import FolderError, Part, PartsFolder, Terms

TERMS = Terms("small-1", "child", 0.2)
FILES = [f"s3://bucket/{number}.png" for number in range(5)]


def row(file: str, probability: float = 0.5) -> dict[str, Any]:
    return {
        "file": file,
        "flag": "review",
        "probability": probability,
        "reasons": [{"code": "c", "sentence": "s"}],
        "population": "child",
        "model": "small-1",
        "released": True,
        "seconds": 0.1,
        "sha256": "0" * 64,
    }


def files_of(parts: list[Part]) -> list[list[str]]:
    return [list(part.files) for part in parts]


@pytest.fixture(params=["local", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder that is not there yet: on disk, and on a file system that is reached by its URL alone."""
    return str(tmp_path / "out") if request.param == "local" else f"memory://{tmp_path.name}/out"


def test_a_later_run_finds_its_parts_again_and_puts_new_files_into_new_ones(url: str) -> None:
    first = PartsFolder(url).planned(FILES[:3], TERMS, size=2)
    PartsFolder(url).write(first[0], [row(file) for file in first[0].files])

    # Also with another size: a part keeps its files.
    later = PartsFolder(url).planned(FILES, TERMS, size=3)

    assert files_of(first) == [FILES[:2], FILES[2:3]]
    assert files_of(later) == [FILES[:2], FILES[2:3], FILES[3:]]
    assert PartsFolder(url).whole(later) == {first[0].name}
    assert len({part.name for part in later}) == 3


def test_parts_of_files_that_are_not_asked_for_are_left_alone(url: str) -> None:
    PartsFolder(url).planned(FILES[:4], TERMS, size=2)

    assert files_of(PartsFolder(url).planned(FILES[3:4], TERMS, size=2)) == [FILES[2:4]]


def test_a_part_is_read_as_it_was_written(url: str) -> None:
    folder, part = PartsFolder(url), Part(("a.png", "b.png"))
    assert folder.read(part) is None

    folder.write(part, [row("a.png"), row("b.png") | {"probability": None, "seconds": None, "sha256": None}])

    table = folder.read(part)
    assert table is not None
    assert table.to_pylist()[0] == row("a.png")
    assert table["probability"].to_pylist() == [0.5, None]


def test_a_part_that_is_written_twice_is_there_once_and_nothing_else_is_left(url: str) -> None:
    folder, part = PartsFolder(url), Part(("a.png",))
    for probability in (0.5, 0.6):
        folder.write(part, [row("a.png", probability)])

    filesystem, path = fsspec.core.url_to_fs(url)
    assert [name.rsplit("/", 1)[-1] for name in filesystem.ls(path, detail=False)] == [
        f"part-{part.name}.parquet"
    ]


def test_half_a_part_is_not_taken_for_one(tmp_path: Path) -> None:
    """What a kill leaves behind bears another name: readers pass it over, and so does the next run."""
    import pyarrow.dataset

    folder = PartsFolder(str(tmp_path))
    (part,) = folder.planned(["a.png"], TERMS, size=2)
    (tmp_path / ".partial-0123").write_bytes(b"PAR1 half")

    assert folder.whole([part]) == set()
    folder.write(part, [row("a.png")])
    assert pyarrow.dataset.dataset(tmp_path).to_table().num_rows == 1


@pytest.mark.parametrize("change", [{"model": "small-2"}, {"population": "adult"}, {"prevalence": 0.5}])
def test_rows_of_other_terms_are_not_mixed_in_and_both_are_named(url: str, change: dict[str, Any]) -> None:
    PartsFolder(url).planned(FILES, TERMS, size=2)

    with pytest.raises(FolderError, match="another folder") as caught:
        PartsFolder(url).planned(FILES, dataclasses.replace(TERMS, **change), size=2)

    (name,) = change
    assert f"{name} {getattr(TERMS, name)}, now {change[name]}" in str(caught.value)


def test_parts_whose_plan_is_gone_are_noticed(tmp_path: Path) -> None:
    folder = PartsFolder(str(tmp_path))
    (part,) = folder.planned(["a.png"], TERMS, size=2)
    folder.write(part, [row("a.png")])
    next(tmp_path.glob("_plan-*")).unlink()

    with pytest.raises(FolderError, match="in none of its plans"):
        folder.planned(["a.png"], TERMS, size=2)


def test_a_file_name_that_is_no_utf_8_finds_its_part_again(tmp_path: Path) -> None:
    name = b"\xff.png".decode(errors="surrogateescape")

    (first,) = PartsFolder(str(tmp_path)).planned([name], TERMS, size=2)
    (again,) = PartsFolder(str(tmp_path)).planned([name], TERMS, size=2)

    assert first == again and json.loads(next(tmp_path.glob("_plan-*")).read_bytes())["parts"] == [[name]]
