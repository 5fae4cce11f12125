import os
import sys
import zipfile
from pathlib import Path

import fsspec
import pytest

from cxr.cluster.places import PlaceError, fetch_all, files_at, listed, path_or_url
from cxr.film import FilmError
from cxr.film.limits import MAX_FILE_BYTES


def codes(files: list[str]) -> list[str]:
    fetched = fetch_all(files)
    assert all(isinstance(one, FilmError) for one in fetched)
    return [one.code for one in fetched if isinstance(one, FilmError)]


def test_a_folder_by_url_stands_for_the_files_below_it_but_hidden_ones() -> None:
    memory = fsspec.filesystem("memory")
    for name in ("b.png", "a.png", "below/c.png", ".hidden.png", ".trash/d.png"):
        memory.pipe_file(f"/bucket/{name}", b"film")

    assert files_at("memory://bucket") == [
        f"memory:///bucket/{name}" for name in ("a.png", "b.png", "below/c.png")
    ]
    assert files_at("memory://bucket/a.png") == ["memory://bucket/a.png"]


def test_a_local_file_has_one_name() -> None:
    assert path_or_url("file:///films/a.png") == "/films/a.png"
    assert path_or_url("s3://bucket/a.png") == "s3://bucket/a.png"
    assert path_or_url("zip://b.png::file:///films.zip") == "zip://b.png::file:///films.zip"


def test_a_web_address_is_a_file_and_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url: (None, url))

    assert files_at("https://films.invalid/a.png") == ["https://films.invalid/a.png"]


def test_what_cannot_be_looked_at_stands_for_itself() -> None:
    assert files_at("unheard-of://a") == ["unheard-of://a"]


@pytest.mark.parametrize(("url", "package"), [("s3://bucket/a.png", "s3fs"), ("https://a.png", "aiohttp")])
def test_a_package_that_is_missing_is_named(url: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(PlaceError, match=rf"{url.partition('://')[0]}://.*{package}"):
        files_at(url)


def test_files_come_in_the_order_given_from_wherever_they_lie(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"on disk")
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        archive.writestr("b.png", b"in an archive")
    fsspec.filesystem("memory").pipe_file("/c.png", b"in memory")

    files = ["memory://c.png", f"zip://b.png::file://{tmp_path}/films.zip", str(tmp_path / "a.png")]

    assert fetch_all(files) == [b"in memory", b"in an archive", b"on disk"]
    assert fetch_all([f"file://{tmp_path}/a.png"]) == [b"on disk"]


def test_what_cannot_be_fetched_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with open(tmp_path / "large.dcm", "wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.png")

    assert codes(
        [str(tmp_path / name) for name in ("nowhere.png", "empty.png", "large.dcm", "pipe.png", ".")]
    ) == [
        "not_found",
        "empty_file",
        "file_too_large",
        "not_found",
        "not_found",
    ]
    assert codes(["unheard-of://a.png", "memory://nowhere.png"]) == ["not_found", "not_found"]


def test_a_list_has_one_place_a_line_and_blank_lines_are_left_out() -> None:
    assert listed(["s3://bucket/a.png\n", "\n", "  b.png \n"]) == ["s3://bucket/a.png", "b.png"]
