import hashlib
import os
import stat
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxr.worklist.store.film_files import FilmFiles


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000))
def test_a_film_comes_back_by_the_hash_of_its_content(tmp_path: Path, content: bytes) -> None:
    files = FilmFiles(tmp_path)

    sha256 = files.keep(content)

    assert sha256 == hashlib.sha256(content).hexdigest() == files.path(sha256).name
    assert files.path(sha256).read_bytes() == content


def test_nobody_else_may_list_films(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = FilmFiles(tmp_path / "films").path(FilmFiles(tmp_path / "films").keep(b"film"))
    finally:
        os.umask(before)

    held = [path, path.parent, path.parent.parent]
    assert [stat.S_IMODE(one.stat().st_mode) for one in held] == [0o600, 0o700, 0o700]


def test_keeping_a_film_again_leaves_one_file_as_it_was(tmp_path: Path) -> None:
    files = FilmFiles(tmp_path)
    path = files.path(files.keep(b"film"))
    before = path.stat()

    files.keep(b"film")

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_what_a_crash_left_half_written_does_not_pass_for_the_film(tmp_path: Path) -> None:
    files = FilmFiles(tmp_path)
    path = files.path(hashlib.sha256(b"film").hexdigest())
    path.parent.mkdir(parents=True)
    (path.parent / ".partial-left-behind").write_bytes(b"fi")

    files.keep(b"film")

    assert path.read_bytes() == b"film"


def test_a_film_has_a_size_until_it_is_removed(tmp_path: Path) -> None:
    files = FilmFiles(tmp_path)
    sha256 = files.keep(b"film")

    assert files.size(sha256) == files.remove(sha256) == 4

    assert files.size(sha256) == files.remove(sha256) == 0
    assert not files.path(sha256).exists()


def test_a_film_that_was_removed_can_be_kept_again(tmp_path: Path) -> None:
    files = FilmFiles(tmp_path)
    files.remove(files.keep(b"film"))

    assert files.path(files.keep(b"film")).read_bytes() == b"film"
